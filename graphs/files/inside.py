"""What lies in a run directory, before anything there is opened: whoever made it may have put a trap there."""

from __future__ import annotations

import os
from pathlib import Path

from scenarios.errors import RunDirError


def check_inside(out: Path) -> None:
    """Raise RunDirError if a run directory holds a pipe, a device or a link to a file. Whoever made it could have a command
    wait for ever, or write to a file that lies elsewhere."""
    try:
        found = sorted(os.scandir(out), key=lambda entry: entry.name) if os.path.isdir(out) else []  # noqa: PTH112 - Path.is_dir raises if a name is too long
        odd = next((entry for entry in found if not _is_plain(entry)), None)
    except OSError as error:
        raise RunDirError(f"out={out}: cannot be read ({error.strerror}); give another directory") from None
    if odd is not None:
        what = "a link" if odd.is_symlink() else "neither a file nor a directory"
        raise RunDirError(
            f"{out / odd.name}: is {what}, which no run puts there; remove it, or put a plain file in its place"
        )


def _is_plain(entry: os.DirEntry[str]) -> bool:
    """A file, or a directory, perhaps behind a link: nothing is written to a directory by its name alone."""
    return entry.is_file(follow_symlinks=False) or entry.is_dir()
