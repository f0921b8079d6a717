from decimal import Decimal

people = ["ada", "bo", "cy"]
share, rest = divmod(100_00, len(people))
booked = {}
for i, who in enumerate(people):
    cents = ledger.book(who=who, cents=share + (i < rest))
    booked[who] = str(Decimal(cents) / 100)
booked
