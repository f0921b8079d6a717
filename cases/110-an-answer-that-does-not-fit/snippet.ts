const [one, two, three] = [await crm.user({ id: 1 }), await crm.user({ id: 2 }), await crm.user({ id: 3 })];
let paged: any;
for await (const page of crm.user.pages({ id: 2 })) paged = page;
return [one.mail, two.mail, three, paged.mail];
