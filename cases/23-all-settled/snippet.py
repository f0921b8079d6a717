import asyncio

hosts = ["a", "b", "c", "d"]
outcomes = await asyncio.gather(*(net.ping.aio(host=h) for h in hosts), return_exceptions=True)
up = [h for h, o in zip(hosts, outcomes) if not isinstance(o, ToolError)]
down = {h: o.kind for h, o in zip(hosts, outcomes) if isinstance(o, ToolError)}
{"up": up, "down": down}
