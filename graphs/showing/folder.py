"""A whole scenario written out as a folder that loads by itself, every part in it to be changed."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphs.showing.document import PACKAGED, Document, document_of
from graphs.showing.purposes import FIELDS, HEADS, OF_CONVERSATIONS, ROLES
from graphs.showing.yaml_text import entry, indented
from scenarios.conversations.expanding import names_text
from scenarios.errors import SettingsError
from scenarios.loading import SCENARIO_FILE, file_of
from scenarios.material.personas import PACKAGED as PERSONAS
from scenarios.schema.styles import PerStyle

_CALIBRATION = "calibration.yaml"
_OPENED = ("conversation", "axes", "roles", "questions", "rubric", "facts", "checks")


def eject(document: Document, folder: Path) -> list[Path]:
    """Write a scenario with all that it has by default and all its files into a folder; returns the files.

    The folder loads to the same samples. Raises SettingsError: the folder has files, is the scenario's own, or cannot be
    written.
    """
    try:
        if folder.resolve() == document.path.parent.resolve():
            raise SettingsError(f"eject={folder}: is the scenario's own folder; name a new one")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise SettingsError(f"eject={folder}: has files already, and nothing is overwritten; name a new folder")
        files = _Files(document)
        text = _scenario_text(files.moved(), is_short=document.is_short)
        written = [(SCENARIO_FILE, text.encode()), *sorted(files.files.items())]
        for name, data in written:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        raise SettingsError(f"eject={folder}: cannot be written: {error.strerror or error}") from None
    return [folder / name for name, _ in written]


class _Files:
    """The files of a scenario at their places in a folder of its own."""

    def __init__(self, document: Document, files: dict[str, bytes] | None = None, under: str = "") -> None:
        self.files: dict[str, bytes] = {} if files is None else files
        self._document, self._under = document, under

    def moved(self) -> dict[str, Any]:
        """The scenario with the files that it names kept, by the names that they get."""
        found = _every(self._document.whole, self._prompt)
        if self._document.is_short:
            found["roles"] = {name: self._voice(role) for name, role in found["roles"].items()}
            if found.get("policy"):
                found["policy"] = self._policy()
        for key, name in (("axes", "file"), ("facts", "words")):
            found[key] = {one: self._named(plan, name) for one, plan in (found.get(key) or {}).items()}
        for key in ("demonstrations", "corpus"):
            found[key] = self._named(found.get(key), "file")
        if self._document.is_short and isinstance(found.get("documents"), str):
            found["documents"] = self._keep(found["documents"])
        if self._document.is_short and found.get("tools"):
            named = found["tools"]
            found["tools"] = self._keep(named) if isinstance(named, str) else self._named(named, "file")
        if named := found.get("base_models"):
            found["base_models"] = self._other_form(named)
        if self._document.path.with_name(_CALIBRATION).is_file():
            self._keep(_CALIBRATION)
        return {key: value for key, value in found.items() if value not in (None, {})}

    def _other_form(self, name: str) -> str:
        """Keep the scenario that stands in for base models, with its own files at their places beside it."""
        path = file_of(self._document.path, name)
        place = path.relative_to(self._home).as_posix()
        other = document_of(str(path), {self._document.loaded.world_module})
        inner = _Files(other, self.files, posixpath.join(self._under, posixpath.dirname(place)))
        text = _scenario_text(inner.moved(), is_short=other.is_short)
        self.files[posixpath.join(self._under, place)] = text.encode()
        return place

    def _policy(self) -> str:
        given = self._document.given.get("policy", "")
        if names_text(given):
            return self._keep(given.strip())
        return self._add("policy.md", f"{self._document.whole['policy']}\n".encode())

    def _voice(self, role: Any) -> Any:
        """A role with its personas in a file."""
        personas = role.get("personas") if isinstance(role, Mapping) else None
        if personas == PACKAGED:
            return {**role, "personas": self._add(PERSONAS.name, PERSONAS.read_bytes())}
        return {**role, "personas": self._keep(personas)} if isinstance(personas, str) else role

    def _named(self, plan: Any, key: str) -> Any:
        named = isinstance(plan, Mapping) and isinstance(plan.get(key), str)
        return {**plan, key: self._keep(plan[key])} if named else plan

    def _prompt(self, prompt: Any) -> Any:
        files = PerStyle.model_validate(prompt)
        found = {style: self._keep(file) for style, file in files.model_dump().items() if file}
        return found["chat"] if set(found) == {"chat"} else found

    def _keep(self, name: str) -> str:
        """Keep a file that the scenario names, or a folder with all in it; returns its name in the new folder."""
        path = file_of(self._document.path, name, folder=True)
        if path.is_file():
            place = f"prompts/{path.name}" if name.startswith("@") else path.relative_to(self._home).as_posix()
            return self._add(place, path.read_bytes())
        for inner in sorted(path.rglob("*")):
            if inner.is_file() and inner.resolve().is_relative_to(self._home):
                self._add(inner.relative_to(self._home).as_posix(), inner.read_bytes())
        return f"{path.relative_to(self._home).as_posix()}/"

    @property
    def _home(self) -> Path:
        return self._document.path.parent.resolve()

    def _add(self, name: str, data: bytes) -> str:
        """Keep a file under its name, or another if that is a different file's."""
        while self.files.get(posixpath.join(self._under, name), data) != data or name == SCENARIO_FILE:
            name = posixpath.join(posixpath.dirname(name), f"packaged.{posixpath.basename(name)}")
        self.files[posixpath.join(self._under, name)] = data
        return name


def _every(value: Any, change: Any, path: tuple[str, ...] = ()) -> Any:
    """A document with each prompt changed: those of roles and fields, and those that belong to no role."""
    if path[:1] == ("settings",):
        return value
    if isinstance(value, list):
        return [_every(inner, change, (*path, "[]")) for inner in value]
    if not isinstance(value, Mapping):
        return value
    frames = path == ("conversation", "prompts")
    return {
        key: change(inner) if (frames or _is_prompt((*path, key))) and inner else _every(inner, change, (*path, key))
        for key, inner in value.items()
    }


def _is_prompt(path: tuple[str, ...]) -> bool:
    """Whether a path leads to a prompt, and not to a text of that name."""
    shapes = (("roles", None, "prompt"), ("fields", "[]", "prompt"), ("axes", None, "ideate", "prompt"))
    return any(
        len(path) == len(shape) and all(want in (None, key) for want, key in zip(shape, path, strict=True))
        for shape in shapes
    )


def _scenario_text(whole: Mapping[str, Any], *, is_short: bool) -> str:
    lines = list[str]()
    heads = {**HEADS, **OF_CONVERSATIONS} if is_short else HEADS
    for key, value in whole.items():
        if head := heads.get(key):
            lines += ["", *(f"# {line}" for line in head)]
        if is_short and key in _OPENED and isinstance(value, Mapping):
            lines += [f"{key}:"]
            for name, inner in value.items():
                lines += indented(_part(key, name, inner))
        else:
            lines += entry(key, value)
    return "\n".join(lines).lstrip("\n") + "\n"


def _part(key: str, name: str, value: Any) -> list[str]:
    about = {"roles": ROLES, "conversation": FIELDS}.get(key, {}).get(name, "")
    return [*([f"# {about}"] if about else []), *entry(name, value)]
