total = 0
for path in ["a.csv", "b.csv", "c.csv"]:
    print("importing", path)
    rows = import_service.file(path=path)["rows"]
    print(f"{path}: {rows} rows")
    total += rows
print("all done")
total
