mine = {"a": 2, "b": 3}
total = 0
sum_ = run_saved("add", mine)
seen = run_saved("loose")
noted = run_saved("waits", "x")
try:
    run_saved("fails")  # <-- here
except ToolError as error:
    failed = [error.status, error.tool]
said = []
for name in ["odd", "none"]:
    try:
        run_saved(name)
    except ValueError as error:
        said.append(str(error))
for name in ["broken", "wrong"]:
    try:
        run_saved(name)
        said.append(name)
    except (ValueError, IndexError):
        pass
{"sum": sum_, "a": mine["a"], "seen": seen, "noted": noted, "failed": failed, "said": said}
# weir:saved {"programs": {"add": "total = args['a'] + args['b']\nargs['a'] = 100\ntotal", "fails": "desk.note(text='')", "loose": "names = sorted(n for n in globals() if n in ('total', 'mine', 'args'))\nnames", "waits": "await desk.note.aio(text=args)", "broken": "1 +", "wrong": "[][1]"}, "others": {"odd": "odd is written in typescript"}, "unknown": "there is no saved program of this name"}
