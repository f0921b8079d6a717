moved, changed = [], []
for card in board.cards(column="doing"):
    if card["owner"]:
        continue
    if board.card(id=card["id"])["rev"] != card["rev"]:
        changed.append(card["id"])
        continue
    board.move(id=card["id"], column="todo", rev=card["rev"])
    moved.append(card["id"])
dict(moved=moved, changed=changed)
