const invoices = await billing.invoices({ status: "overdue" });
const byCustomer = Object.groupBy(invoices, (i: any) => i.customer);
let sent = 0;
for (const [customer, own] of Object.entries(byCustomer) as [string, any[]][]) {
  const contact = await crm.get_contact({ customer });
  const total = own.reduce((sum, i) => sum + i.cents, 0);
  await mail.send({
    to: contact.email,
    subject: own.length === 1 ? "1 invoice is overdue" : `${own.length} invoices are overdue`,
    body: `${own.map((i) => i.id).join(", ")}: ${(total / 100).toFixed(2)} EUR in total`,
  });
  sent++;
}
return { sent };
