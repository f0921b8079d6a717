from itertools import groupby

invoices = sorted(billing.invoices(status="overdue"), key=lambda i: i["customer"])
sent = 0
for customer, group in groupby(invoices, key=lambda i: i["customer"]):
    own = list(group)
    contact = crm.get_contact(customer=customer)
    total = sum(i["cents"] for i in own) / 100
    subject = "1 invoice is overdue" if len(own) == 1 else f"{len(own)} invoices are overdue"
    mail.send(to=contact["email"], subject=subject, body=f"{', '.join(i['id'] for i in own)}: {total:.2f} EUR in total")
    sent += 1
{"sent": sent}
