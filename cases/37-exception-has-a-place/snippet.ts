const user = await crm.get_user({ id: 1 });

const city = user.profile.address.city; // <-- here
return city;
