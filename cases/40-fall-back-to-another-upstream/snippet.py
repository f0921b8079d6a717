for service in (geo_a, geo_b):
    try:
        at = service.locate(place="Munich")
    except ToolError as e:
        if e.kind != "upstream_unavailable":
            raise
        print(f"{e.tool}: {e.kind}")
    else:
        result = {key: round(value, 2) for key, value in at.items()}
        break
