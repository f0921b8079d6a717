for attempt in range(5):
    try:
        result = tax.file(year=1899)
        break
    except ToolError as e:
        if not e.retryable:
            raise
        sleep(1000)
