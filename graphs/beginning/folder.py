"""The folder of a scenario that begins: written whole or not at all, and never over a file that is there."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graphs.beginning.fitting import Begun, name_of, plain_beginning
from graphs.beginning.material import Material, material_of, write_material
from graphs.beginning.text import scenario_text
from scenarios.errors import SettingsError, UserError
from scenarios.loading import SCENARIO_FILE, Loaded, load


@dataclass
class Beginning:
    """A scenario that begins: its folder, and what it says."""

    folder: Path
    about: str
    language: str | tuple[str, ...]
    material: Material
    written: list[Path] = field(default_factory=list)
    _folders: list[Path] = field(default_factory=list)
    """Those that were made for it, the inner ones last."""

    @property
    def path(self) -> Path:
        """The scenario's file."""
        return self.folder / SCENARIO_FILE

    def write(self) -> Loaded:
        """Write everything, with a plain beginning. Raises UserError, and leaves nothing behind then."""
        try:
            self._make(self.folder)
            for name in (*self.material.copies, *self.material.texts):
                self._make((self.folder / name).parent)
            self.written += write_material(self.folder, self.material)
            with self.path.open("x", encoding="utf-8") as file:
                self.written.append(self.path)
                file.write(self._text(plain_beginning(), guessed=False))
            return load(str(self.folder))
        except OSError as error:
            self.undo()
            raise SettingsError(f"{self.folder}: cannot be written: {error.strerror or error}") from None
        except BaseException:
            self.undo()
            raise

    def rewrite(self, begun: Begun) -> str:
        """Write the scenario anew with a model's guess; returns why it cannot be loaded, or nothing. Then it stays plain."""
        before = self.path.read_bytes()
        self.path.write_text(self._text(begun, guessed=True), encoding="utf-8")
        try:
            load(str(self.folder))
        except UserError as error:
            self.path.write_bytes(before)
            return str(error)
        return ""

    def undo(self) -> None:
        """Take away what was written."""
        for path in reversed(self.written):
            path.unlink(missing_ok=True)
        for folder in reversed(self._folders):
            with contextlib.suppress(OSError):  # it holds something else
                folder.rmdir()

    def _make(self, folder: Path) -> None:
        missing = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        self._folders += reversed(missing)

    def _text(self, begun: Begun, *, guessed: bool) -> str:
        name = name_of(self.folder.resolve().name)
        return scenario_text(name, self.about, self.language, self.material.named, begun, guessed=guessed)


def beginning_of(folder: Path, given: dict[str, str], language: str | Sequence[str]) -> Beginning:
    """A scenario that is to begin in a folder. Raises SettingsError: there is one already, or a word of the command is wrong."""
    if not name_of(folder.resolve().name):
        raise SettingsError(f"{folder}: is no name; begin with a letter, such as bank")
    if (folder / SCENARIO_FILE).exists():
        raise SettingsError(
            f"{folder / SCENARIO_FILE}: is there already, and nothing is overwritten; name another folder"
        )
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"{folder}: is a file; name a folder")
    about = " ".join(given.get("about", "").split())
    if not about:
        raise SettingsError(
            'about: is missing; say in a sentence what happens: about="A customer of a bank talks to …"'
        )
    spoken = language if isinstance(language, str) else tuple(language)
    return Beginning(folder, about, spoken, material_of(folder, given))
