account = bank.account(id="acc_1")
if account["currency"] != "EUR":
    raise ValueError(f"{account['id']} is kept in {account['currency']}, not in EUR")  # <-- here
account
