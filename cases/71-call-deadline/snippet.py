try:
    result = slow.report()
except ToolError as e:
    result = {"kind": e.kind, "tool": e.tool}
