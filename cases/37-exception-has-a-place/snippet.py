user = crm.get_user(id=1)

city = user["profile"]["address"]["city"]  # <-- here
city
