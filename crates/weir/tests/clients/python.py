"""The Python SDK against a weir. MODE is its connect mode; TARGET is {command, args} or {url}. Prints one JSON object."""

import asyncio
import json
import os

from mcp import Client, StdioServerParameters, stdio_client

target = json.loads(os.environ["TARGET"])
server = target["url"] if "url" in target else stdio_client(StdioServerParameters(**target))


async def main():
    async with Client(server, mode=os.environ["MODE"]) as client:
        seen = {"version": str(client.protocol_version), "server": client.server_info.name}
        seen["tools"] = [tool.name for tool in (await client.list_tools()).tools]

        async def call(name, arguments, **options):
            return await client.call_tool(name, arguments, **options)

        async def execute(code, **options):
            return await call("execute", {"code": code}, **options)

        seen["answer"] = (await execute("return (await probe.echo({text: 'hello'})).text")).content[0].text
        seen["found"] = (await call("search", {"query": "answer with the same text"})).content[0].text
        failed = await execute("await probe.fail({})")
        seen["failed"] = [failed.is_error, failed.meta["weir/run"]["error"]["kind"]]
        steps = []

        async def on_progress(progress, total, message):
            steps.append(message)

        await execute("await probe.echo({}); await probe.echo({}); return 1", progress_callback=on_progress)
        seen["steps"] = steps
        many = await asyncio.gather(*(execute(f"return {n} * 2") for n in range(20)))
        seen["many"] = [int(answer.content[0].text) for answer in many]
        try:
            await asyncio.wait_for(execute("await probe.wait({})"), 0.5)
            seen["waiting"] = "answered"
        except asyncio.TimeoutError:
            seen["waiting"] = "aborted"
        await execute("return 'x'.repeat(200000)")
        seen["kept"] = []
        for resource in (await client.list_resources()).resources:
            whole = (await client.read_resource(str(resource.uri))).contents[0].text
            seen["kept"].append([resource.size, resource.mime_type, len(json.loads(whole))])
        seen["after"] = (await execute('return "after"')).content[0].text
        print(json.dumps(seen))


asyncio.run(main())
