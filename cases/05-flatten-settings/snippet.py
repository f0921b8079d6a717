def flatten(value, prefix=""):
    for key, inner in value.items():
        path = f"{prefix}.{key}" if prefix else key
        if isinstance(inner, dict):
            yield from flatten(inner, path)
        else:
            yield path, inner

dict(flatten(config.fetch()))
