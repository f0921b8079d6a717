try:
    result = blob.store(content="x" * (5 * 1024 * 1024))
except Exception:
    result = "refused"
