from datetime import datetime, timedelta, timezone

now = datetime.now(timezone.utc)
ages = [(i["number"], now - datetime.fromisoformat(i["updated_at"].replace("Z", "+00:00"))) for i in github.list_issues()]
[{"number": number, "days": age.days} for number, age in ages if age >= timedelta(days=30)]
