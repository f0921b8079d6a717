one, two, three = [crm.user(id=n) for n in (1, 2, 3)]
[one["mail"], two["mail"], three, next(crm.user.pages(id=2))["mail"]]
