"""What scenario.yaml says at first, with a comment on each part and on each guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphs.beginning.fitting import Begun
from graphs.beginning.material import DOCUMENTS, PERSONAS, POLICY, TOOLS
from graphs.showing.yaml_text import entry, indented
from scenarios.messages import Speech

_COUNT = 40
"""Values that a model is to propose."""
_ABOUT = {
    POLICY: "What the assistant has to follow.",
    DOCUMENTS: "What the assistant may rely on; each conversation is about a passage or a few.",
    TOOLS: "What the assistant can call. A model answers in their place, unless you give them an address.",
}

_NOTHING_NAMED = (
    "# Nothing is named that the assistant relies on, so each conversation makes up records of its own. To have all of them agree,",
    "# write down what is so and what is allowed, and name it: policy: policy.md, documents: help/, tools: openapi.yaml",
)


def scenario_text(
    name: str, about: str, language: str | Sequence[str], named: Mapping[str, str], begun: Begun, *, guessed: bool
) -> str:
    """The text of a scenario that begins. `named` are the files by key; `guessed` says whether a model made `begun`."""
    lines = [
        "# A conversation. What is not here has a default: python -m graphs.show scenario=FOLDER prints all of it.",
        *(f"# not understood: {text}" for text in begun.open),
        *entry("name", name),
        *entry("about", about),
        *(entry("language", language if isinstance(language, str) else list(language)) if language else []),
    ]
    for key, text in _ABOUT.items():
        if key in named:
            lines += ["", f"# {text}", *entry(key, named[key])]
    if not any(key in named for key in _ABOUT):
        lines += ["", *_NOTHING_NAMED]
    said = (
        "# guessed: who talks to whom."
        if guessed
        else '# Who talks to whom. `who: …` says who somebody is, as it goes on after "You are".'
    )
    lines += ["", said, "roles:", *indented(_roles(begun.roles, named.get(PERSONAS, "")))]
    lines += ["", "axes:", *indented([*_why(begun, guessed=guessed), *entry(begun.axis, begun.values)])]
    if begun.outcomes:
        why = "# guessed: how it ends, because the usual outcomes do not fit."
        lines += indented([why, *entry("outcome", begun.outcomes)])
    return "\n".join(lines) + "\n"


def _roles(roles: Mapping[str, Mapping[str, str]], personas: str) -> list[str]:
    lines = list[str]()
    for name, role in roles.items():
        own: dict[str, Any] = dict(role)
        if personas and role["speaks_as"] == Speech.USER:
            own["personas"] = personas
        lines += entry(name, own)
    return lines


def _why(begun: Begun, *, guessed: bool) -> list[str]:
    if not guessed:
        return ["# What brings the user: a model proposes the values when a run begins. A list of your own is better."]
    if isinstance(begun.values, dict):
        return ["# guessed: what brings the user; a model proposes the values when a run begins."]
    found = ["# guessed: what brings the user. Add yours, and take out what does not happen."]
    if begun.more:
        ideate = {"ideate": {"about": begun.more, "count": _COUNT}}
        found += ["# There are others; to have a model propose them when a run begins, write in place of the list:"]
        found += [f"# {line}" for line in entry(begun.axis, ideate)]
    return found
