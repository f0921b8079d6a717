import csv
import io

sold = {}
for row in csv.DictReader(io.StringIO(files.read_text(path="sales.csv"))):
    if row["returned"] == "no":
        sold[row["product"]] = sold.get(row["product"], 0) + int(row["quantity"])
sold
