#!/usr/bin/env python3
"""An MCP upstream that misbehaves as it is told. Python 3.11, standard library only.

--trick NAME misbehaves from the start; a tool named after a trick misbehaves when it is called.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time

META = "io.modelcontextprotocol/"
parser = argparse.ArgumentParser()
parser.add_argument("--trick", default="")
parser.add_argument("--era", default="legacy", choices=["legacy", "modern", "both", "locked"])
parser.add_argument("--file", default="")
parser.add_argument("rest", nargs="*")
options = parser.parse_args()

out = sys.stdout.buffer
lock = threading.Lock()
tools = ["echo", "env", "argv", "fds", "params", "hang", "cancelled", "steps", "die", "big_head", "big_tail", "big_lost",
         "both", "neither", "old", "batch", "strays", "asks", "flood", "leak", "leak_error", "deep", "twice", "grow",
         "late", "input", "spawned"]
seen, answers, cancelled, held, listens = [], {}, [], [], []
session = {"era": None}


def raw(data):
    with lock:
        out.write(data)
        out.flush()


def send(message):
    raw(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


def text(value):
    return {"content": [{"type": "text", "text": value if isinstance(value, str) else json.dumps(value)}]}


def note(line):
    if options.file:
        with open(options.file, "a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def tool(name, **more):
    return {"name": name, "inputSchema": {"type": "object"}, **more}


def listing(params):
    trick = options.trick
    cursor = params.get("cursor")
    if trick == "loop":
        return {"tools": [tool("echo")], "nextCursor": "same"}
    if trick == "endless":
        return {"tools": [tool(f"t{cursor}")], "nextCursor": str(int(cursor or 0) + 1)}
    if trick == "many":
        return {"tools": [tool(f"t{n}") for n in range(12_000)]}
    if trick == "huge":
        return {"tools": [tool("wordy", description="d" * 10_000_000),
                          {"name": "schema", "inputSchema": {"type": "object", "x": "s" * 2_000_000}},
                          tool("echo")]}
    if trick == "odd":
        return {"tools": [tool("echo", description="first", annotations={"readOnlyHint": "yes", "destructiveHint": True,
                                                                       "idempotentHint": None}),
                          tool("echo", description="second"), {"name": 5}, {"name": ""}, {"name": "bare"}, "text",
                          {"name": "array", "inputSchema": []},
                          tool("read", title="Read it", annotations={"readOnlyHint": True}),
                          {"name": "out", "inputSchema": {"type": "object"}, "outputSchema": {"z": 1.0, "a": 2}}]}
    if trick == "half":
        if cursor:
            raise ValueError("no second page")
        return {"tools": [tool("echo")], "nextCursor": "two"}
    return {"tools": [tool(name) for name in tools]}


def big(kind, ident):
    filler = b"x" * (36 * 1024 * 1024)
    head = b'{"jsonrpc":"2.0","id":%d,' % ident if kind == "big_head" else b"{"
    tail = b',"jsonrpc":"2.0","id":%d}\n' % ident if kind == "big_tail" else b"}\n"
    raw(head + b'"result":{"content":[{"type":"text","text":"' + filler + b'"}]}' + tail)


def ask_back():
    for method in ["sampling/createMessage", "elicitation/create", "roots/list", "ping"]:
        send({"id": method, "method": method, "params": {}})


def call(ident, params):
    name, arguments = params["name"], params.get("arguments") or {}
    meta = params.get("_meta") or {}
    if name == "hang":
        held.append(ident)
        note("hang")
        return None
    if name == "die":
        sys.stderr.write("about to die\n")
        sys.stderr.flush()
        os._exit(3)
    if name.startswith("big_"):
        return big(name, ident)
    if name == "both":
        return send({"id": ident, "result": text("a"), "error": {"code": 1, "message": "b"}})
    if name == "neither":
        return send({"id": ident})
    if name == "old":
        return raw(b'{"jsonrpc":"1.0","id":%d,"result":{}}\n' % ident)
    if name == "batch":
        return raw(b'[{"jsonrpc":"2.0","id":%d,"result":{}}]\n' % ident)
    if name == "twice":
        return raw(b'{"jsonrpc":"2.0","id":%d,"result":{"isError":true,"isError":false,"content":[]}}\n' % ident)
    if name == "strays":
        for other in [ident + 1, str(ident), None, float(ident), -1, 10**30]:
            send({"id": other, "result": text("stray")})
        send({"id": ident, "result": text("right")})
        return send({"id": ident, "result": text("again")})
    if name == "flood":
        line = b'{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"x"}}\n'
        raw(line * 20_000)
        raw(b'{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n' * 1_000)
        return send({"id": ident, "result": text("after the flood")})
    if name == "asks":
        held.append(ident)
        return ask_back()
    if name == "deep":
        return raw(b'{"jsonrpc":"2.0","id":%d,"result":{"structuredContent":%s%s}}\n' % (ident, b"[" * 100_000, b"]" * 100_000))
    if name == "steps":
        for n in range(1, 4):
            send({"method": "notifications/progress", "params": {"progressToken": meta["progressToken"], "progress": n, "total": 3}})
        return send({"id": ident, "result": text("stepped")})
    if name == "late":
        threading.Timer(0.3, lambda: send({"id": ident, "result": text("late")})).start()
        return None
    if name == "grow":
        tools.append(f"new{len(tools)}")
        send({"id": ident, "result": text("grown")})
        if session["era"] != "modern" or listens:
            for _ in range(500):
                send({"method": "notifications/tools/list_changed"})
        return None
    token = os.environ.get("API_TOKEN", "")
    value = {
        "echo": lambda: text(arguments),
        "env": lambda: text(dict(os.environ)),
        "argv": lambda: text(options.rest),
        "fds": lambda: text(sorted(int(fd) for fd in os.listdir("/proc/self/fd"))),
        "params": lambda: text(params),
        "cancelled": lambda: text({"held": len(held), "cancelled": [c in held for c in cancelled]}),
        "leak": lambda: {"content": [], "structuredContent": {"token": token, "url": "?t=" + token.replace("/", "%2F")}},
        "leak_error": lambda: {**text(f"bad credentials {token}"), "isError": True},
        "input": lambda: {"resultType": "input_required", "inputRequests": {}, "requestState": "x"},
        "spawned": lambda: text([]),
    }[name]()
    return send({"id": ident, "result": value})


def respond(message):
    method, ident, params = message.get("method"), message.get("id"), message.get("params") or {}
    if method is None:
        answers[ident] = message
        if len(answers) == 4 and held:
            told = {key: (value.get("error") or {}).get("code", "ok") for key, value in answers.items()}
            send({"id": held.pop(), "result": text(told)})
        return
    if ident is None:
        if method == "notifications/cancelled":
            cancelled.append(params["requestId"])
            note("cancelled")
        return
    meta = params.get("_meta") or {}
    modern = META + "protocolVersion" in meta
    session["era"] = session["era"] or ("modern" if modern else "legacy")
    if options.era == "locked" and session["era"] == "modern" and not modern:
        return  # locked to the era of its first message
    if modern and options.era in ("legacy", "locked"):
        if options.trick == "mute_probe":
            return
        if options.trick == "exit_on_probe":
            os._exit(1)
        return send({"id": ident, "error": {"code": -32602, "message": "before initialize"}})
    if not modern and options.era == "modern":
        return send({"id": ident, "error": {"code": -32022, "message": "version", "data": {"supported": ["2026-07-28"]}}})
    if method == "server/discover":
        return send({"id": ident, "result": {"resultType": "complete", "supportedVersions": ["2026-07-28"], "ttlMs": 0,
                                             "capabilities": {"tools": {"listChanged": True}}, "cacheScope": "private",
                                             "_meta": {META + "serverInfo": {"name": "hostile", "version": "2"}}}})
    if method == "initialize":
        if options.trick == "future":
            return send({"id": ident, "result": {"protocolVersion": "2031-01-01", "capabilities": {}, "serverInfo": {}}})
        return send({"id": ident, "result": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {"listChanged": True}},
                                             "serverInfo": {"name": "hostile", "version": "1"}}})
    if method == "subscriptions/listen":
        listens.append(ident)
        note("listen")
        return send({"method": "notifications/subscriptions/acknowledged", "params": {}})
    if method == "tools/list":
        note("list")
        if options.trick == "silent_list":
            return
        try:
            return send({"id": ident, "result": listing(params)})
        except ValueError as error:
            return send({"id": ident, "error": {"code": -32602, "message": str(error)}})
    if method == "tools/call":
        return call(ident, params)
    return send({"id": ident, "error": {"code": -32601, "message": "no such method"}})


def start():
    trick = options.trick
    note(f"pid {os.getpid()}")
    if trick == "exit":
        sys.stderr.write(f"cannot open the database with {os.environ.get('API_TOKEN', '')}\n")
        sys.exit(0)
    if trick == "noise":
        raw(b"\xef\xbb\xbf*** Server running on stdio ***\r\n\x00\xff\xfe\n{\"not\": \"rpc\"}\n\n{\"cut\": ")
        raw(b"\n")
    if trick == "noise_flood":
        while True:
            raw(b"this is no message\n" * 1_000)
    if trick == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
        for _ in range(2):
            note(f"pid {subprocess.Popen([sys.executable, '-c', child]).pid}")
    if trick in ("silent", "stubborn_silent"):
        sys.stderr.write("loading the model…\n")
        sys.stderr.flush()
        while True:
            time.sleep(600)


start()
for line in sys.stdin.buffer:
    respond(json.loads(line))
while options.trick == "stubborn":
    time.sleep(600)
