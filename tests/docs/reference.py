"""The generated pages: `python -m tests.docs.reference` writes docs/reference/settings.md and checks.md from the code.

A test fails if a page differs from what the code gives.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import types
from collections.abc import Callable, Collection, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from agents.checks.check import Check
from agents.checks.code.programs import PROGRAM_CHECKS
from agents.checks.evolve.evolution import EVOLUTION
from agents.checks.extract.extraction import EXTRACTION
from agents.checks.grounded.grounding import GROUNDING
from agents.checks.guards import GUARDS
from agents.checks.labels import LABELLED
from agents.checks.math import PROBLEM_CHECKS
from agents.checks.registry import CHECKS
from agents.proof.proof import CLAIMS, Owner
from graphs.settings.binding import OPERATIONAL
from graphs.settings.guarding import is_guarded
from graphs.settings.keys import keys
from graphs.settings.schema import RoleSettings, Settings
from scenarios.loading import for_base_models, load, scenario_names

HOME = Path(__file__).resolve().parents[2] / "docs" / "reference"
OTHER_COMMANDS = (
    "plan",
    "init",
    "show",
    "trace",
    "lineage",
    "fork",
    "experiment",
    "evaluate",
    "compare",
    "curate",
    "export",
    "verify",
    "calibrate",
    "review",
    "certify",
    "transfer",
    "reembed",
    "reject",
)
_GENERATED = (
    "This page is generated from the code by `python -m tests.docs.reference`, and a test fails if the two differ."
)

_SETTINGS = f"""\
# Settings

{_GENERATED}

A command takes settings as words `key=value`. What you write goes over your
[own settings file](../how-to-use-your-own-endpoint.md#your-own-settings-file), that over what the scenario says under `settings`,
and that over the defaults below. Keys marked *only you* count only if you say them in one of the first two: they say where
requests, keys and files go, and [nobody else chooses that](../how-to-use-your-own-endpoint.md#files-of-others). An unknown key is an error that names the nearest known one. A list is written
`[a,b]`, and quotation marks keep it together in a shell: `'forbidden.benchmarks=[a.jsonl,b.txt]'`.

## `run`

`python -m graphs.run key=value …`. A run keeps its settings in `run.yaml`, so `python -m graphs.run out=DIR` continues
it without naming them again. A continued run may change the keys that say *yes*; another value for any other key ends
the command with exit code 2. Three of these keys may change their value but not their meaning:

- `llm.backend`, `llm.base_url` and `llm.gguf` have to lead to a model of the same name (weights are known by their
  content).
- `embedding.*` has to name the same embedding: a model may move to another address.
- `forbidden.benchmarks` may name the files at other places, with the same contents.
"""

_CHECKS = f"""\
# Checks

{_GENERATED}

A check is a pure function that looks for one fault in a sample. Its outcome is evidence in the record: the check's name
and version, a status (`PASS`, `FAIL`, `UNVERIFIABLE` if nobody can tell, `ERROR` if the machinery failed) and a detail.
A scenario names its checks under `checks`. A required check that fails rejects the sample, whatever any model says.

*Reads* names the fields of the sample and the texts of the brief that a scenario needs if it uses the check. *Early*
means that the check also works while a sample is made, so that a faulty line or field is drawn again at once. Any other
check does so too if the scenario binds it to a field: `{{name: CHECK, field: FIELD}}`. A check that comes to find
something else gets a new version.
"""

_OF_MODELS = """\
## By models

What a model says is an opinion. It counts if the model's judgement was measured and found informative, or if the model
is an instruct model and was not measured; otherwise its words are kept as `UNVERIFIABLE`. `graphs.calibrate` measures.

| evidence | asked in | if it counts |
| --- | --- | --- |
| `critic` | topologies with a step `critique` | a problem that it names leads to a revision, as long as the scenario's `revisions` allow one; one that stays is a FAIL, which rejects. With `answer: text` its words are advice, and reject nothing |
| `verifier` | topologies with a step `verify`, if the scenario names the check `verifier` | a question of the scenario that it answers with no is a FAIL, which rejects if the check is required |
| `judge` | topologies with a step `judge` | a score under the least of its criterion (`min_score`, by default 3) is a FAIL, which rejects |
"""


def settings_page() -> str:
    """The page of every key of every command."""
    parts = [_SETTINGS]
    for prefix, model in _groups(Settings):
        about = "" if model is Settings else f"{_first(model.__doc__)}\n\n"
        parts.append(f"### {f'`{prefix}*`' if prefix else 'The run'}\n\n{about}{_table(prefix, model)}")
    parts.append("## The other commands\n\nEach of them prints this with `--help`.\n")
    for name in OTHER_COMMANDS:
        parts.append(f"### `{name}`\n\n```text\n{help_of(name)}\n```\n")
    return "\n".join(parts).rstrip() + "\n"


def _groups(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Every settings model with the prefix of its keys, the outer ones first."""
    yield prefix, model
    for name, field in model.model_fields.items():
        if inspect.isclass(field.annotation) and issubclass(field.annotation, BaseModel):
            yield from _groups(field.annotation, f"{prefix}{name}.")


def _table(prefix: str, model: type[BaseModel]) -> str:
    columns = ["key", "default", "values", "a continued run may change it", "who may say it", "meaning"]
    rows = [_row(columns), _row("---" for _ in columns)]
    for key, (default, text) in keys(model, prefix).items():
        own = key.removeprefix(prefix).split(".")
        field = model.model_fields[own[0]]
        if inspect.isclass(field.annotation) and issubclass(field.annotation, BaseModel):
            continue  # a table of its own
        may = "yes" if any(key == name or key.startswith(f"{name}.") for name in OPERATIONAL) else ""
        of_role = key.startswith("roles.ROLE.llm.")
        if key.startswith("roles.ROLE.") and not of_role:
            field = RoleSettings.model_fields[own[-1]]
        may = "as the `llm` key" if of_role else may
        who = "only you" if is_guarded(field) else "as the `llm` key" if of_role else ""
        rows.append(_row([f"`{key}`", _default(default), _values(field), may, who, text]))
    return "\n".join(rows) + "\n"


def _default(default: Any) -> str:
    shown = getattr(default, "value", default)
    return f"`{shown}`" if shown not in (None, "", ()) else ""


def _values(field: FieldInfo) -> str:
    """What a field takes, as far as its type says."""
    kinds = [kind for kind in _flat(field.annotation) if kind is not types.NoneType]
    if kinds and inspect.isclass(kinds[0]) and issubclass(kinds[0], Enum):
        return ", ".join(f"`{one.value}`" for one in kinds[0])
    limits = {
        name: getattr(rule, name) for rule in field.metadata for name in ("ge", "gt", "le", "lt") if hasattr(rule, name)
    }
    for kind, word in ((int, "whole number"), (float, "number")):
        if kind in kinds:
            low = f"from {limits['ge']:g}" if "ge" in limits else f"over {limits['gt']:g}" if "gt" in limits else ""
            high = f"to {limits['le']}" if "le" in limits else f"under {limits['lt']}" if "lt" in limits else ""
            return " ".join(filter(None, [word, low, high]))
    return ""


def _flat(annotation: Any) -> Iterator[Any]:
    """A type, or the types of a union, `Annotated` taken off."""
    if isinstance(annotation, types.UnionType) or "Union" in str(getattr(annotation, "__origin__", "")):
        for one in get_args(annotation):
            yield from _flat(one)
    else:
        yield annotation


def help_of(name: str) -> str:
    """What a command prints with `--help`."""
    module = importlib.import_module(f"graphs.{name}")
    printed, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(errors):
        code = module.main(["--help"])
    return (printed.getvalue() if code == 0 else inspect.getdoc(module) or "").strip()


def checks_page() -> str:
    """The page of every registered check."""
    used = _used()
    parts = [_CHECKS]
    left = dict(CHECKS)
    for title, names, about in _FAMILIES:
        checks = {name: left.pop(name) for name in names}
        reads = any(map(_reads, checks.values()))
        columns = ["check", "version", "a PASS means", *(["reads"] if reads else []), "early", "scenarios"]
        rows = [_row(columns), _row("---" for _ in columns)]
        for name, check in checks.items():
            early = "yes" if check.early or name in GUARDS else ""
            cells = [f"`{name}`", str(check.version), described(name, check), *([_reads(check)] if reads else [])]
            rows.append(_row([*cells, early, ", ".join(used.get(name, ()))]))
        parts.append(f"## {title}\n\n{about}\n\n" + "\n".join(rows) + "\n")
    assert not left, f"checks of no family: {', '.join(left)}"
    return "\n".join([*parts, _OF_MODELS])


def _owned(owner: Owner) -> list[str]:
    return [name for name, claim in CLAIMS.items() if claim.owner is owner]


_IN_WORLDS = "They read the dialogue and its world. [Proofs](../proofs.md) says what each of them cannot tell."
_OF_FAMILIES: list[tuple[str, Collection[str], str]] = [
    ("Guards of lines and fields", GUARDS, "They read each line or field with what its writer was given. Five of them "
     "pass over fields of `kind: exact`: `facts_consistent`, `no_repetition`, `in_role`, `no_leak` and `plain_language`."),
    ("Word problems", PROBLEM_CHECKS, "[How to make task datasets](../how-to-make-task-datasets.md) says what they cannot prove."),
    ("Coding tasks", PROGRAM_CHECKS, "[How to make task datasets](../how-to-make-task-datasets.md) says what they cannot prove."),
    ("Dialogues over a text", GROUNDING, "They read the dialogue, the brief's texts `source` and `title`, and its facts "
     "`question_N`, `span_N` and `key_N`."),
    ("A text and its JSON", EXTRACTION, "They read the fields `text` and `json`, the brief's text `wanted` and its facts."),
    ("Texts with a label", LABELLED, "They read the brief's text `label`."),
    ("Evolved instructions", EVOLUTION, "They read the field that the scenario evolves and the brief's parent; `operation_done` "
     "also reads the axis `operation`."),
    ("Dialogues in worlds: the record", _owned(Owner.RECORD), _IN_WORLDS),
    ("Dialogues in worlds: the assistant", _owned(Owner.ASSISTANT), _IN_WORLDS),
    ("Dialogues in worlds: the user", _owned(Owner.USER), _IN_WORLDS),
]  # fmt: skip
_KNOWN = {name for _, names, _ in _OF_FAMILIES for name in names}
_FAMILIES: list[tuple[str, Collection[str], str]] = [
    ("Of any sample", [name for name in CHECKS if name not in _KNOWN], "They read the sample and its plan."),
    *_OF_FAMILIES,
]
"""The families of checks in the order of the page: title, names, and what they read."""


_BAR = "\\|"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', _BAR) for cell in cells)} |"


def _reads(check: Check) -> str:
    parts = [
        f"{what}{'s' if len(names) > 1 else ''} {', '.join(f'`{name}`' for name in names)}"
        for what, names in (("field", check.fields), ("text", check.texts))
        if names
    ]
    return "; ".join(parts)


def _used() -> dict[str, list[str]]:
    """The shipped scenarios that name each check."""
    found: dict[str, list[str]] = {}
    for name in scenario_names():
        usual = load(name)
        forms = [usual, *([for_base_models(usual)] if usual.scenario.base_models else [])]
        for check in dict.fromkeys(plan.name for form in forms for plan in form.scenario.checks):
            found.setdefault(check, []).append(f"`{name}`")
    return found


def described(name: str, check: Check) -> str:
    """What a PASS of a check means, in the words of its code."""
    words = _first(inspect.getdoc(_finder(name, check)))
    assert words, f"the check '{name}' has no docstring that says what a PASS means: write one"
    return f"{words} {_GUESSING}" if check.meaning else words


_GUESSING = "Guessed from lists of words: it stands aside for a verifier whose judgement counts."


def _finder(name: str, check: Check) -> Callable[..., Any]:
    """The function that does a check's work: `find` itself, or what it is made of."""
    if name in GUARDS:
        return GUARDS[name]
    if name in CLAIMS:
        return CLAIMS[name].find
    find = check.find
    while made_of := [
        cell.cell_contents for cell in getattr(find, "__closure__", None) or () if callable(cell.cell_contents)
    ]:
        find = made_of[0]
        if inspect.getdoc(find):
            return find
    maker, _, inner = getattr(find, "__qualname__", "").partition(".<locals>")
    return getattr(inspect.getmodule(find), maker) if inner else find


def _first(text: str | None) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join((text or "").split("\n\n")[0].split())


PAGES: dict[Path, Callable[[], str]] = {HOME / "settings.md": settings_page, HOME / "checks.md": checks_page}


if __name__ == "__main__":
    for path, page in PAGES.items():
        path.write_text(page(), encoding="utf-8")
        print(path)
