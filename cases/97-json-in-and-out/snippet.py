import json

record = records.get(id=1)
payload = json.loads(record["payload"])
payload["theme"] = "light"
payload["tabs"].append(3)
records.save(id=1, payload=json.dumps(payload, separators=(",", ":")))
