from collections import defaultdict

children = defaultdict(list)
for folder in drive.folders():
    children[folder["parent"]].append(folder)

def walk(parent=None, depth=0):
    for folder in sorted(children[parent], key=lambda f: f["name"]):
        yield "  " * depth + folder["name"]
        yield from walk(folder["id"], depth + 1)

list(walk())
