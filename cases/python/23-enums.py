from enum import Enum, Flag, IntEnum, StrEnum, auto, unique


@unique
class Status(StrEnum):
    OPEN = auto()
    IN_PROGRESS = "in-progress"
    CLOSED = auto()

    @property
    def is_final(self):
        return self is Status.CLOSED


class Priority(IntEnum):
    LOW = 1
    HIGH = 10


class Permission(Flag):
    READ = auto()
    WRITE = auto()
    EXECUTE = auto()
    ALL = READ | WRITE | EXECUTE


class Planet(Enum):
    EARTH = (5.97e24, 6.37e6)
    MARS = (6.42e23, 3.39e6)

    def __init__(self, mass, radius):
        self.mass, self.radius = mass, radius


granted = Permission.READ | Permission.WRITE
result = {
    "values": [s.value for s in Status],
    "lookup": Status("in-progress").name,
    "final": [s.is_final for s in Status],
    "text": f"{Status.OPEN} < {Priority.HIGH:d}",
    "sorted": [p.name for p in sorted(Priority, reverse=True)],
    "granted": [Permission.WRITE in granted, Permission.EXECUTE in granted, (granted & ~Permission.READ).name],
    "all": Permission.ALL.value,
    "heavier": max(Planet, key=lambda p: p.mass).name,
    "names": list(Planet.__members__),
}
