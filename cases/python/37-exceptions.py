class ConfigError(Exception):
    def __init__(self, key, reason):
        super().__init__(f"{key}: {reason}")
        self.key = key


log = []


def load(text):
    try:
        value = int(text)
    except ValueError as error:
        raise ConfigError("port", "not a number") from error
    else:
        log.append("parsed")
    finally:
        log.append("finished")
    return value


try:
    load("x1")
except ConfigError as error:
    chain = [str(error), error.key, type(error.__cause__).__name__]

try:
    raise ExceptionGroup("several", [ValueError("a"), TypeError("b"), ExceptionGroup("inner", [ValueError("c")])])
except* ValueError as group:
    values = sorted(str(e) for e in group.exceptions if not isinstance(e, ExceptionGroup))
except* TypeError as group:
    types = [str(e) for e in group.exceptions]


def swallow():
    try:
        return "tried"
    finally:
        log.append("on the way out")


kinds = []
for action in (lambda: [][0], lambda: {}["k"], lambda: 1 / 0, lambda: int("z"), lambda: None.x, lambda: "a" + 1, lambda: undefined, lambda: next(iter([]))):
    try:
        action()
    except Exception as error:
        kinds.append(type(error).__name__)
        noted = error
noted.add_note("seen")
result = {"loaded": load("80"), "chain": chain, "values": values, "types": types, "kinds": kinds, "log": log, "swallow": swallow(), "notes": noted.__notes__}
