"""An MCP server over stdio for weir's surface tests: echoes, fails, waits for ever, and tells the test what it saw.

Argument: a TCP port on loopback. Every event is one line there: `called NAME`, `cancelled NAME`. Standard library only.
"""

import json
import socket
import sys

events = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
waiting = {}


def tell(text):
    events.sendall((text + "\n").encode())


def say(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def tool(name, read_only, description):
    schema = {"type": "object", "properties": {"text": {"type": "string"}}, "additionalProperties": False}
    return {"name": name, "description": description, "inputSchema": schema, "annotations": {"readOnlyHint": read_only}}


TOOLS = [
    tool("echo", True, "Answer with the same text"),
    tool("fail", True, "Always fail"),
    tool("send", False, "Send a text to somebody"),
    tool("wait", True, "Wait until cancelled"),
]


def call(request):
    name, arguments = request["params"]["name"], request["params"].get("arguments") or {}
    tell("called " + name)
    if name == "wait":
        waiting[request["id"]] = name
        return
    text = json.dumps({"text": arguments.get("text")})
    say({"id": request["id"], "result": {"content": [{"type": "text", "text": text}], "isError": name == "fail"}})


for line in sys.stdin:
    message = json.loads(line)
    method = message.get("method")
    if method == "initialize":
        version = message["params"]["protocolVersion"]
        info = {"name": "probe", "version": "1"}
        say({"id": message["id"], "result": {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}})
    elif method == "tools/list":
        say({"id": message["id"], "result": {"tools": TOOLS}})
    elif method == "tools/call":
        call(message)
    elif method == "notifications/cancelled":
        name = waiting.pop(message["params"]["requestId"], None)
        if name:
            tell("cancelled " + name)
    elif "id" in message:
        say({"id": message["id"], "error": {"code": -32601, "message": "not here"}})
