"""Time zones: all of tzdata, held in memory. Nothing is read while a snippet runs."""

import importlib.resources
import io
import zoneinfo
from zoneinfo import _common, _tzpath

_zones: dict[str, bytes] = {}


def _load(key: str) -> io.BytesIO:
    found = _zones.get(key)
    if found is None:
        raise zoneinfo.ZoneInfoNotFoundError(f"there is no time zone {key!r:.100}: use a name like 'Europe/Berlin' or 'UTC'")
    return io.BytesIO(found)


def _available() -> set[str]:
    return set(_zones)


def install() -> None:
    """Called once, while the guest is built."""
    root = importlib.resources.files("tzdata")
    names = (root / "zones").read_text(encoding="utf-8").split()
    for name in names:
        *folders, last = name.split("/")
        place = root / "zoneinfo"
        for folder in folders:
            place /= folder
        _zones[name] = (place / last).read_bytes()
    zoneinfo.reset_tzpath(to=())
    _common.load_tzdata = _load
    zoneinfo.available_timezones = _tzpath.available_timezones = _available
