from datetime import date, datetime, time, timedelta, timezone

start = date(2024, 1, 31)


def add_months(day, months):
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))


meeting = datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
result = {
    "months": [add_months(start, n).isoformat() for n in range(5)],
    "days": (date(2026, 12, 25) - date(2026, 1, 15)).days,
    "utc": meeting.astimezone(timezone.utc).isoformat(),
    "stamp": int(meeting.timestamp()),
    "back": datetime.fromtimestamp(1768478400, tz=timezone.utc).isoformat(),
    "iso": list(date(2026, 1, 1).isocalendar()),
    "parsed": datetime.fromisoformat("2026-01-15T12:00:00+02:00").utcoffset().total_seconds(),
    "weekday": date(2026, 1, 15).strftime("%A %d %B %Y, day %j"),
    "combined": datetime.combine(date(2026, 1, 1), time(23, 59)).isoformat(),
    "delta": str(timedelta(days=1, hours=2, seconds=5)),
    "hours": timedelta(days=2, minutes=30) / timedelta(hours=1),
    "quarter": [(d.month - 1) // 3 + 1 for d in (start, date(2024, 12, 1))],
}
