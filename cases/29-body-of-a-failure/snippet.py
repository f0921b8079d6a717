try:
    directory.create_user(email="ada@example.com", age=12)
    result = "created"
except ToolError as e:
    fields = {error["field"]: error["reason"] for error in e.body["errors"]}
    result = {"status": e.status, "code": e.code, "tool": e.tool, "retryable": e.retryable, "fields": fields}
