mail.send(to="ada@example.com")
total = 1 +  # <-- here
total
