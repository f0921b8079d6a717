from collections import Counter

spent = Counter()
for order in load("h_all_orders"):
    spent[order["who"]] += order["cents"]
dict(spent)
