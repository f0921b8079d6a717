import csv
import io

source = 'name,city,amount\n"Lovelace, Ada",London,12.50\n"Said ""hi""",Paris,3\nBo,"New\nYork",7.25\n'
rows = list(csv.DictReader(io.StringIO(source)))
out = io.StringIO()
writer = csv.DictWriter(out, fieldnames=["city", "total"], delimiter=";", lineterminator="\n")
writer.writeheader()
for row in sorted(rows, key=lambda r: -float(r["amount"])):
    writer.writerow({"city": row["city"], "total": f"{float(row['amount']):.2f}"})
{"rows": rows, "written": out.getvalue(), "reread": list(csv.reader(io.StringIO(out.getvalue()), delimiter=";"))}
