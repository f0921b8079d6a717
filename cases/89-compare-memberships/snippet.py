want = set(directory.members(group="staff"))
have = set(tools["list"].subscribers(list="staff"))
added, removed = sorted(want - have), sorted(have - want)
for name in added:
    tools["list"].add(name=name)
for name in removed:
    tools["list"].remove(name=name)
{"added": added, "removed": removed}
