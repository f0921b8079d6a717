"""Random numbers of a run: all from its seed, so that the same run again draws the same. They are not for secrets.

The machine's own source of randomness does not exist in here.
"""

import os
import random
import uuid

#: Set beside the seed of `random`: what `os.urandom` would have given.
_STREAM = 1 << 64

_bytes = random.Random(0)
_plain_seed = random.Random.seed


def seed(text: str) -> None:
    """At the start of a run."""
    number = int(text)
    random.seed(number)
    _plain_seed(_bytes, number + _STREAM)


def _urandom(size: int, /) -> bytes:
    return _bytes.randbytes(size)


def _seed(self: random.Random, a: object = None, version: int = 2) -> None:
    _plain_seed(self, _bytes.getrandbits(64) if a is None else a, version)


def install() -> None:
    """Called once, while the guest is built, after every module that draws numbers."""
    os.urandom = _urandom
    random._urandom = _urandom
    random.Random.seed = _seed
    random.seed = random._inst.seed
    # `uuid1` names a machine: this one is nobody's.
    uuid._node = 0x0000_5E00_5300
    uuid._generate_time_safe = None
    uuid._UuidCreate = None
    uuid.getnode = lambda: uuid._node
