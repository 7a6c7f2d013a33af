"""Chat templates run on rows as trainers run them: by transformers, with templates of the usual families."""

from __future__ import annotations

import importlib.util
import json
import os
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from graphs.files.wording import many
from scenarios.frozen import Frozen

_HOME = Path(__file__).with_name("templates")
FAMILIES = ("chatml", "llama3", "qwen2.5", "mistral", "gemma")
_KNOW_TOOLS = {"llama3", "qwen2.5", "mistral"}
_TRIMS = {"llama3", "gemma"}
"""Those that cut the space around words."""


class Rendered(Frozen):
    """How many rows each family's template took, and why it did not take the others."""

    rows: int
    whole: dict[str, int]
    """By family: rows that it took and in which every word, and every call if it knows tools, stands as it was."""
    refused: dict[str, tuple[int, str]]
    """By family: rows that it refuses, and its words for the first of them."""
    changed: tuple[str, ...] = ()
    """Rows that a template took and whose words it changed: the family and the row's number."""

    @property
    def told(self) -> tuple[str, ...]:
        """One line for each family that does not take all."""
        return tuple(
            f"{family}: its chat template takes {self.whole[family]} of {many(self.rows, 'row')} ({count} refused: {why})"
            for family, (count, why) in self.refused.items()
        )


def installed() -> bool:
    """Whether transformers can be run."""
    return importlib.util.find_spec("transformers") is not None


def rendered(rows: Sequence[tuple[list[dict[str, Any]], list[dict[str, Any]] | None]]) -> Rendered:
    """Rows, each with its messages and its tools, through the template of every family. The arguments of calls are objects."""
    whole: Counter[str] = Counter(dict.fromkeys(FAMILIES, 0))
    refused: dict[str, tuple[int, str]] = {}
    changed = []
    for family in FAMILIES:
        for number, (messages, tools) in enumerate(rows, 1):
            text, why = _render(family, messages, tools)
            if why:
                many, first = refused.get(family, (0, why))
                refused[family] = (many + 1, first)
            elif _stands(text, messages, family):
                whole[family] += 1
            else:
                changed.append(f"{family}: row {number}")
    return Rendered(rows=len(rows), whole=dict(whole), refused=refused, changed=tuple(changed))


def _render(family: str, messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None) -> tuple[str, str]:
    """The text, or why there is none."""
    from jinja2 import TemplateError

    try:
        # None, not an empty list: some templates say that there are tools if they get one.
        texts, _ = _transformers()(conversations=[messages], tools=tools or None, chat_template=_template(family))
    except TemplateError as error:
        return "", " ".join(str(error).split()).rstrip(".")
    return texts[0], ""


@cache
def _template(family: str) -> str:
    return (_HOME / f"{family}.jinja").read_text(encoding="utf-8")


@cache
def _transformers() -> Any:
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    from transformers.utils.chat_template_utils import render_jinja_template

    return render_jinja_template


def _stands(text: str, messages: Sequence[dict[str, Any]], family: str) -> bool:
    """Whether all words stand in the text in their order, and calls if the template knows them."""
    place = 0
    for message in messages:
        words = [message.get("content") or ""]
        if family == "mistral" and message["role"] == "tool":
            words = [json.dumps(words[0], ensure_ascii=False)]
        if family in _TRIMS:
            words = [words[0].strip()] if not message.get("tool_calls") else words
        if family in _KNOW_TOOLS:
            words += [call["function"]["name"] for call in message.get("tool_calls") or ()]
        for word in words:
            if message["role"] == "system":
                if word not in text:
                    return False
                continue
            found = text.find(word, place)
            if found < 0:
                return False
            place = found + len(word)
    return True
