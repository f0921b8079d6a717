order = 12
cents = "1250"
shop.refund(order=order, cents=cents)  # <-- here
