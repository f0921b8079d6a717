import time
from datetime import date, datetime, timedelta

texts = [("15.01.2026 09:05", "%d.%m.%Y %H:%M"), ("Jan 3, 2026 11:30 PM", "%b %d, %Y %I:%M %p"), ("2026-015", "%Y-%j"), ("Thu 15 January 26", "%a %d %B %y")]
parsed = [datetime.strptime(text, form).isoformat() for text, form in texts]
try:
    datetime.strptime("2026-13-01", "%Y-%m-%d")
    problem = ""
except ValueError as error:
    problem = str(error)
monday = date(2026, 1, 15) - timedelta(days=date(2026, 1, 15).weekday())
age = (lambda born, today: today.year - born.year - ((today.month, today.day) < (born.month, born.day)))(date(1990, 6, 1), date(2026, 1, 15))
{
    "parsed": parsed,
    "problem": problem,
    "week": [(monday + timedelta(days=n)).strftime("%a %d.%m.") for n in range(3)],
    "iso_week": date.fromisocalendar(2026, 1, 1).isoformat(),
    "age": age,
    "gmtime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1768478400)),
    "next_month": (date(2026, 1, 31).replace(day=1) + timedelta(days=32)).replace(day=1).isoformat(),
}
