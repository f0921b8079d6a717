import calendar
from datetime import date

month = calendar.Calendar(firstweekday=0).monthdayscalendar(2026, 2)
third_fridays = []
for m in range(1, 5):
    fridays = [week[calendar.FRIDAY] for week in calendar.monthcalendar(2026, m) if week[calendar.FRIDAY]]
    third_fridays.append(date(2026, m, fridays[2]).isoformat())
{
    "weeks": month,
    "leap": [y for y in range(1896, 1912) if calendar.isleap(y)],
    "length": calendar.monthrange(2024, 2)[1],
    "third_fridays": third_fridays,
    "text": calendar.month(2026, 2),
    "names": list(calendar.month_abbr)[1:4],
    "epoch": calendar.timegm((2026, 1, 15, 12, 0, 0)),
}
