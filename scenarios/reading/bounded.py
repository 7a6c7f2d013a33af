"""Reading files that somebody else may have made: plain files only, in bounded pieces, and JSON of a bounded depth."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import orjson

MAX_LINE = 16 * 1024 * 1024
"""Bytes of a line, or of a file that is read at once."""
_MAX_NESTING = 40


def opened(path: Path) -> IO[bytes]:
    """A plain file, opened to read. Raises OSError for one that cannot be opened, and for a pipe or a device, which might
    never end."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is not a plain file", str(path))
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_bounded(path: Path, limit: int = MAX_LINE) -> bytes:
    """The bytes of a plain file. Raises OSError, also if there are more than `limit`."""
    with opened(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit} bytes", str(path))
    return data


def lines_of(path: Path, limit: int = MAX_LINE) -> Iterator[bytes]:
    """The lines of a plain file, with their ends. Raises OSError, also if one has more than `limit` bytes."""
    with opened(path) as file:
        while line := file.readline(limit + 1):
            if len(line) > limit:
                raise OSError(errno.EFBIG, f"a line of it is longer than {limit} bytes", str(path))
            yield line


def json_of(line: bytes) -> Any:
    """A line's JSON. Raises ValueError if it holds none, or is nested deeper than any record."""
    value = orjson.loads(line)
    level = [value]
    for _ in range(_MAX_NESTING):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return value
    raise ValueError("it is nested too deeply")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [inner for inner in value.values() if isinstance(inner, dict | list)]
    return [inner for inner in value if isinstance(inner, dict | list)] if isinstance(value, list) else ()
