"""Exports read back by the library that most trainers read them with: `datasets`."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_SPLITS = {"train": "train", "valid": "validation", "test": "test"}


def datasets_installed() -> bool:
    """Whether `datasets` can be run."""
    return importlib.util.find_spec("datasets") is not None


def loaded_rows(folder: Path, parts: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of a folder as `load_dataset(FOLDER)` gives them, part by part."""
    import datasets

    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as cache:
        found = datasets.load_dataset(str(folder), cache_dir=cache)
        return [row for part in parts if _SPLITS.get(part, part) in found for row in found[_SPLITS.get(part, part)]]


def loaded_file(path: Path, kind: str) -> list[dict[str, Any]]:
    """The rows of one file as `load_dataset(KIND, data_files=FILE)` gives them; `kind` is json, csv or parquet."""
    import datasets

    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as cache:
        found = datasets.load_dataset(kind, data_files=str(path), split="train", cache_dir=cache)
        return list(found)
