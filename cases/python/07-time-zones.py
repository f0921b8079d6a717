from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

berlin, new_york, kolkata = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")
call = datetime(2026, 3, 20, 15, 0, tzinfo=berlin)
before = datetime(2026, 3, 28, 12, 0, tzinfo=berlin)
after = before + timedelta(days=1)
ambiguous = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)
{
    "call": {str(z): call.astimezone(z).strftime("%H:%M %Z") for z in (berlin, new_york, kolkata)},
    "dst": [before.isoformat(), after.isoformat()],
    "really": (after.astimezone(ZoneInfo("UTC")) - before.astimezone(ZoneInfo("UTC"))).total_seconds() / 3600,
    "fold": [ambiguous.utcoffset().seconds, ambiguous.replace(fold=1).utcoffset().seconds],
}
