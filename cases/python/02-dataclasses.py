from dataclasses import asdict, dataclass, field, fields, replace


@dataclass(order=True)
class Version:
    major: int
    minor: int = 0
    tags: list[str] = field(default_factory=list, compare=False)

    @property
    def text(self):
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True)
class Release:
    name: str
    version: Version


versions = [Version(2, 1), Version(1, 9, ["old"]), Version(2)]
latest = max(versions)
release = Release("weir", latest)
patched = replace(release, version=replace(latest, minor=2))
try:
    release.name = "other"
    frozen = False
except AttributeError:
    frozen = True
result = {
    "sorted": [v.text for v in sorted(versions)],
    "latest": asdict(release),
    "patched": patched.version.text,
    "fields": [f.name for f in fields(Version)],
    "frozen": frozen,
    "repr": repr(Version(1)),
    "equal": Version(1, 1, ["x"]) == Version(1, 1, ["y"]),
}
