tried = []
for server, tool in [("git", "commit"), ("tig", "commits"), ("git", "commits")]:
    try:
        for page in tools[server][tool].pages(repos="api"):
            tried.append([page])
    except ToolError as error:
        tried.append([error.kind, error.tool])
tried
