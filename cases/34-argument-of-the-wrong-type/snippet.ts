const order = 12;
const cents = "1250";
return await shop.refund({ order, cents: cents as any }); // <-- here
