event = {
    "title": "Review",
    "when": {"start": "2026-01-16T09:00:00Z", "end": "2026-01-16T10:00:00Z"},
    "attendees": [{"email": "ada@example.com"}, {"email": "bo@example.com", "optional": True}],
}
created = calendar.create_event(**event, repeat="weekly")
try:
    calendar.create_event(**event, repeat="yearly")
    refused = False
except ToolError as e:
    refused = e.kind == "invalid_arguments"
{"id": created["id"], "invited": len(created["attendees"]), "repeat": created["repeat"], "refused": refused}
