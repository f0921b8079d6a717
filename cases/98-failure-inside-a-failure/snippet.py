try:
    result = cms.publish(page="home")
except ToolError as first:
    try:
        incidents.open(text=str(first))
        result = "incident opened"
    except ToolError as second:
        result = f"publish: {first}; incident: {second}"
