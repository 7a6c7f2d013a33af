"""One owner at a time: a file whose lock says which process owns a directory. A killed process owns nothing."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO


class Owned(Exception):
    """Another process, or another session of this one, owns the file. The text is its process number, if it is known."""


def own(file: Path) -> IO[str]:
    """Own `file`, which is made if it is not there, until what is returned is closed. Raises Owned and OSError."""
    while True:
        # A link in somebody else's directory could lead to any file of the user's.
        handle = os.open(
            file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644
        )
        lock = os.fdopen(handle, "a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip()
            lock.close()
            raise Owned(owner or "unknown") from None
        except BaseException:
            lock.close()
            raise
        if file.exists() and os.path.samestat(os.fstat(lock.fileno()), file.stat()):
            break
        lock.close()  # its owner took the file away between our opening it and its end
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
