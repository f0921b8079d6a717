import time

began = time.time()
for attempt in range(5):
    try:
        message = chat.post(text="hello")
        break
    except ToolError as e:
        if e.status != 429:
            raise
        time.sleep(e.retry_after)
{**message, "waited_ms": round((time.time() - began) * 1000)}
