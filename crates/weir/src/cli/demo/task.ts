const [open, all, people] = await Promise.all([
  shop.list_invoices({ status: "open" }), shop.list_orders({}), shop.list_customers({}),
]);
const cutoff = Date.parse(open.as_of) - 30 * 86_400_000;
const overdue = open.invoices.filter((i) => Date.parse(i.due_date) < cutoff);
const late = people.customers
  .map((c) => ({ ...c, due: overdue.filter((i) => i.customer_id === c.id) }))
  .map((c) => ({ ...c, eur: c.due.reduce((sum, i) => sum + i.amount - i.paid, 0) }))
  .filter((c) => c.eur > 0).sort((a, b) => b.eur - a.eur);
const first = late[0], ids = first.due.map((i) => i.order_id);
const goods = all.orders.filter((o) => ids.includes(o.id)).flatMap((o) => o.items);
const draft = await shop.create_mail_draft({
  to: first.email,
  subject: `Reminder: ${first.eur.toFixed(2)} EUR overdue`,
  body: `Dear ${first.name},\n\nplease settle what is due for:\n`
    + goods.map((g) => `- ${g.quantity} × ${g.name}\n`).join(""),
});
return { late: late.map((c) => `${c.name}: ${c.eur.toFixed(2)} EUR`), draft: draft.id, to: draft.to };
