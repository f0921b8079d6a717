mail.send(to="ada@example.com")
# This comment is here only to make the program longer than the limit of the case allows it to be.
"sent"
