from datetime import datetime, timezone

events = [(datetime.fromisoformat(e["at"].replace("Z", "+00:00")).astimezone(timezone.utc), e["name"]) for e in agenda.events()]
[f"{name} {at:%Y-%m-%dT%H:%M}" for at, name in sorted(events)]
