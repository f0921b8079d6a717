from datetime import date, timedelta

holidays = set(calendar.holidays(country="DE"))

def working_days(start, end):
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    days = (first + timedelta(n) for n in range((last - first).days + 1))
    return sum(d.weekday() < 5 and d.isoformat() not in holidays for d in days)

{t["id"]: working_days(t["opened"], t["closed"]) for t in desk.tickets()}
