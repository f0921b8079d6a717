sales = bi.sales(year=2025)
months = sorted({s["month"] for s in sales})
rows = []
for region in sorted({s["region"] for s in sales}):
    cells = [sum(s["amount"] for s in sales if (s["region"], s["month"]) == (region, month)) for month in months]
    rows.append([region, *cells, sum(cells)])
{"months": months, "rows": rows}
