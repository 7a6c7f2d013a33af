"""The user's files, brought into the folder of a scenario that begins: a scenario names only what lies in its folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scenarios.errors import SettingsError
from scenarios.reading.bounded import read_bounded

POLICY, DOCUMENTS, TOOLS, PERSONAS = "policy", "documents", "tools", "personas"
PACKAGED = "packaged"
_KINDS = {POLICY: (".md", ".txt"), TOOLS: (".yaml", ".yml", ".json"), PERSONAS: (".yaml", ".yml", ".jsonl", ".csv")}
"""What each file may be."""
_MOST_FILES, _MOST_BYTES = 5_000, 500_000_000
_POLICY_FILE = "policy.md"


@dataclass
class Material:
    """What a scenario names, and the files that have to be copied for it."""

    named: dict[str, str] = field(default_factory=dict)
    """By key, as the scenario is to name it."""
    copies: dict[str, Path] = field(default_factory=dict)
    """The place in the folder → the file."""
    texts: dict[str, str] = field(default_factory=dict)
    """The place in the folder → what is written there."""
    passed_over: list[str] = field(default_factory=list)
    """What is not copied, and why."""


def material_of(folder: Path, given: dict[str, str]) -> Material:
    """The material that the words of the command name. Raises SettingsError, naming the key: there is no such file, it is of
    another kind, or too much."""
    found = Material()
    for key in (POLICY, TOOLS, PERSONAS):
        if value := given.get(key, "").strip():
            _add_file(found, folder, key, value)
    if value := given.get(DOCUMENTS, "").strip():
        _add_documents(found, folder, value)
    if len(found.copies) > _MOST_FILES or sum(path.stat().st_size for path in found.copies.values()) > _MOST_BYTES:
        raise SettingsError(
            f"documents: more than {_MOST_FILES:,} files or {_MOST_BYTES:,} bytes; name the part that the assistant relies on"
        )
    return found


def _add_file(found: Material, folder: Path, key: str, value: str) -> None:
    if key == PERSONAS and value == PACKAGED:
        found.named[key] = value
        return
    path = Path(value)
    if key == POLICY and not _is_there(path) and " " in value:
        found.named[key], found.texts[_POLICY_FILE] = _POLICY_FILE, f"{value}\n"
        return
    if not _is_there(path):
        raise SettingsError(f"{key}={value}: there is no such file")
    if path.is_dir():
        raise SettingsError(f"{key}={value}: is a folder; name a file")
    if path.suffix.lower() not in _KINDS[key]:
        raise SettingsError(f"{key}={value}: is no {' or '.join(_KINDS[key])} file; save it as one")
    found.named[key] = _placed(found, folder, path, path.name)


def _add_documents(found: Material, folder: Path, value: str) -> None:
    path = Path(value)
    if not _is_there(path):
        raise SettingsError(f"{DOCUMENTS}={value}: there is no such folder or file")
    if path.is_file():
        found.named[DOCUMENTS] = _placed(found, folder, path, path.name)
        return
    home, root = folder.resolve(), path.resolve()
    if root == home or home.is_relative_to(root):
        raise SettingsError(
            f"{DOCUMENTS}={value}: holds the scenario's own folder {folder}; put the documents in one of their own"
        )
    inside = root.is_relative_to(home)
    name = root.relative_to(home).as_posix() if inside else root.name
    found.named[DOCUMENTS] = f"{name}/"
    if not inside:
        files = list(_files_in(root, found))
        if not files:
            raise SettingsError(f"{DOCUMENTS}={value}: holds no file")
        for file in files:
            _placed(found, folder, file, f"{name}/{file.relative_to(root).as_posix()}")


def _files_in(root: Path, found: Material) -> Iterator[Path]:
    """The plain files of a folder; what is hidden or a link is passed over."""
    for place, folders, names in os.walk(root):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(names):
            path = Path(place) / name
            if name.startswith("."):
                continue
            if path.is_symlink() or not path.is_file():
                found.passed_over.append(f"{path}: is a link or no plain file, and is not copied")
            else:
                yield path


def _placed(found: Material, folder: Path, path: Path, name: str) -> str:
    """The place of a file in the folder: its own if it lies there already, else that of a copy. Raises SettingsError."""
    home, real = folder.resolve(), path.resolve()
    if real.is_relative_to(home):
        return real.relative_to(home).as_posix()
    if name in found.copies or os.path.lexists(folder / name):
        raise SettingsError(f"{path}: cannot be copied to {folder / name}: there is such a file already; rename one")
    found.copies[name] = path
    return name


def write_material(folder: Path, material: Material) -> Iterator[Path]:
    """Write the copies and the texts; each file is given as soon as it is there. Raises OSError."""
    for name, path in material.copies.items():
        yield _written(folder / name, read_bounded(path, _MOST_BYTES))
    for name, text in material.texts.items():
        yield _written(folder / name, text.encode())


def _written(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:  # never over a file that came meanwhile
        file.write(data)
    return path


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
