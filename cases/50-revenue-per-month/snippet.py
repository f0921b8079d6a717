revenue = {f"2025-{month:02}": 0 for month in range(10, 13)}
for payment in shop.payments(year=2025):
    revenue[payment["at"][:7]] += payment["cents"]
revenue
