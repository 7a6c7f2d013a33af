"""Random edits of a dataset's records: each changes one thing, and says nothing where it does not apply."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import orjson

from scenarios.schema.roles import RoleKind

Line = dict[str, Any]
Edit = Callable[[random.Random, list[Line], int], object]
"""Changes record `at` of the lines in place."""
_WORD = re.compile(r"[A-Za-z]{2,}")
_STATUSES = ("PASS", "FAIL", "UNVERIFIABLE", "ERROR")
_MODELS = tuple(RoleKind)


def _texts(line: Line) -> list[tuple[Any, Any]]:
    """What the record says: holders and keys of its texts."""
    if "fields" in line:
        return [(line["fields"], key) for key in line["fields"]]
    return [(m, "content") for m in line["messages"] if m["role"] != "tool" and m["content"]]


def _reworded(change: Callable[[random.Random, list[str], list[Line]], None]) -> Edit:
    """An edit of the words of one text; what stands between them stays."""

    def edit(rng: random.Random, lines: list[Line], at: int) -> None:
        holder, key = rng.choice(_texts(lines[at]))
        parts = re.split(r"(\s+)", holder[key])
        change(rng, parts, lines)
        holder[key] = "".join(parts)

    return edit


def _some(rng: random.Random, parts: list[str], like: re.Pattern[str] = _WORD) -> int | None:
    found = [place for place, part in enumerate(parts) if like.search(part)]
    return rng.choice(found) if found else None


def _drop(rng: random.Random, parts: list[str], lines: list[Line]) -> None:
    if (place := _some(rng, parts)) is not None:
        del parts[max(0, place - 1) : place + 1]


def _add(rng: random.Random, parts: list[str], lines: list[Line]) -> None:
    parts[0:0] = [_other_word(rng, lines), " "]


def _other(rng: random.Random, parts: list[str], lines: list[Line]) -> None:
    if (place := _some(rng, parts)) is not None:
        parts[place] = _WORD.sub(_other_word(rng, lines), parts[place], count=1)


def _swap(rng: random.Random, parts: list[str], lines: list[Line]) -> None:
    if len(parts) > 3:
        place = rng.randrange(0, len(parts) - 2, 2)
        parts[place], parts[place + 2] = parts[place + 2], parts[place]


def _digit(rng: random.Random, parts: list[str], lines: list[Line]) -> None:
    if (place := _some(rng, parts, re.compile(r"\d"))) is not None:
        parts[place] = _next_digit(parts[place])


def _name(rng: random.Random, parts: list[str], lines: list[Line]) -> None:
    if (place := _some(rng, parts, re.compile(r"^[A-Z][a-z]+"))) is not None:
        parts[place] = re.sub(r"^[A-Z][a-z]+", rng.choice(["Gustav", "Odile", "Wanda"]), parts[place])


def _case(rng: random.Random, parts: list[str], lines: list[Line]) -> None:
    if (place := _some(rng, parts)) is not None:
        parts[place] = parts[place].swapcase()


def _other_word(rng: random.Random, lines: list[Line]) -> str:
    holder, key = rng.choice(_texts(rng.choice(lines)))
    return rng.choice(_WORD.findall(holder[key]) or ["thing"]).lower()


def _next_digit(text: str) -> str:
    return re.sub(r"\d", lambda found: str((int(found.group()) + 1) % 10), text, count=1)


def _message(change: Callable[[random.Random, list[Line], int], object]) -> Edit:
    """An edit of the list of messages."""

    def edit(rng: random.Random, lines: list[Line], at: int) -> None:
        if found := lines[at].get("messages"):
            change(rng, found, rng.randrange(len(found) - 1))

    return edit


def _calls(line: Line) -> list[dict[str, Any]]:
    return [call["function"] for message in line.get("messages", ()) for call in message.get("tool_calls", ())]


def _argument(rng: random.Random, lines: list[Line], at: int) -> None:
    if found := [call for call in _calls(lines[at]) if '"' in call["arguments"]]:
        call = rng.choice(found)
        arguments = orjson.loads(call["arguments"])
        key = rng.choice(list(arguments) or ["none"])
        arguments[key] = _next_digit(value) if re.search(r"\d", value := str(arguments.get(key))) else f"{value}x"
        call["arguments"] = orjson.dumps(arguments).decode()


def _tool(rng: random.Random, lines: list[Line], at: int) -> None:
    names = sorted({call["name"] for line in lines for call in _calls(line)})
    if len(names) > 1:
        call = rng.choice(_calls(lines[at]))
        call["name"] = rng.choice([name for name in names if name != call["name"]])


def _result(rng: random.Random, lines: list[Line], at: int) -> None:
    if found := [m for m in lines[at].get("messages", ()) if m["role"] == "tool" and re.search(r"\d", m["content"])]:
        message = rng.choice(found)
        message["content"] = _next_digit(message["content"])


def _call_dropped(rng: random.Random, lines: list[Line], at: int) -> None:
    messages = lines[at].get("messages", [])
    if found := [place for place, message in enumerate(messages) if message.get("tool_calls")]:
        del messages[(place := rng.choice(found)) : place + 2]


def _private(key: str) -> Edit:
    def edit(rng: random.Random, lines: list[Line], at: int) -> None:
        if found := lines[at].get("private_calls"):
            call = rng.choice(found)
            call[key] = _next_digit(call[key]) if isinstance(call[key], str) else call[key] + 1

    return edit


def _private_dropped(rng: random.Random, lines: list[Line], at: int) -> None:
    if found := lines[at].get("private_calls"):
        found.pop(rng.randrange(len(found)))


def _cell(rng: random.Random, lines: list[Line], at: int) -> None:
    cell = lines[at]["brief"]["cell"]
    axis = rng.choice(list(cell))
    if others := sorted({line["brief"]["cell"][axis] for line in lines} - {cell[axis]}):
        cell[axis] = rng.choice(others)


def _of_brief(part: str) -> Edit:
    def edit(rng: random.Random, lines: list[Line], at: int) -> None:
        brief = lines[at]["brief"]
        if part == "turns" and brief["turns"]:
            brief["turns"][rng.randrange(len(brief["turns"]))]["must"] = []
        elif part == "blueprint" and part in brief:
            digits = [found.start() for found in re.finditer(r"\d", brief[part])]
            place = rng.choice(digits)
            brief[part] = brief[part][:place] + _next_digit(brief[part][place]) + brief[part][place + 1 :]
        elif isinstance(found := brief.get(part), dict) and found:
            key = rng.choice(list(found))
            found[key] = _next_digit(found[key]) if re.search(r"\d", found[key]) else f"{found[key]} too"

    return edit


def _parent(rng: random.Random, lines: list[Line], at: int) -> None:
    if parent := lines[at]["brief"].get("parent"):
        key = rng.choice(["id", "text"])
        parent[key] = f"{parent[key]} too"


def _evidence(of_models: bool, change: Callable[[random.Random, Line], None]) -> Edit:
    def edit(rng: random.Random, lines: list[Line], at: int) -> None:
        if found := [one for one in lines[at]["evidence"] if (one["check"] in _MODELS) is of_models]:
            change(rng, rng.choice(found))

    return edit


def _status(rng: random.Random, one: Line) -> None:
    one["status"] = rng.choice([status for status in _STATUSES if status != one["status"]])


def _set(key: str, value: Callable[[random.Random, Any], Any]) -> Callable[[random.Random, Line], None]:
    def change(rng: random.Random, holder: Line) -> None:
        holder[key] = value(rng, holder[key])

    return change


def _top(key: str, value: Callable[[random.Random, Any], Any]) -> Edit:
    return lambda rng, lines, at: _set(key, value)(rng, lines[at]) if key in lines[at] else None


def _score(value: Callable[[random.Random, float], float]) -> Edit:
    def edit(rng: random.Random, lines: list[Line], at: int) -> None:
        if scores := lines[at]["scores"]:
            key = rng.choice(list(scores))
            scores[key] = value(rng, scores[key])

    return edit


def _usage(rng: random.Random, lines: list[Line], at: int) -> None:
    used = rng.choice(list(lines[at]["usage"].values()))
    used[rng.choice(list(used))] += rng.randint(1, 9)


def _tokens_below_nothing(rng: random.Random, lines: list[Line], at: int) -> None:
    rng.choice(list(lines[at]["usage"].values()))["calls"] = -1


def _swapped(rng: random.Random, found: list[Any], at: int) -> None:
    found[at], found[at + 1] = found[at + 1], found[at]


def _scene(change: Callable[[random.Random, Line], object]) -> Edit:
    """An edit of the scene of a free conversation."""

    def edit(rng: random.Random, lines: list[Line], at: int) -> None:
        if given := lines[at].get("scene"):
            scene = orjson.loads(given)
            change(rng, scene)
            lines[at]["scene"] = orjson.dumps(scene).decode()

    return edit


def _fact(rng: random.Random, scene: Line) -> None:
    if facts := [fact for part in scene["parts"].values() for fact in part["facts"]]:
        fact = rng.choice(facts)
        fact["value"] = _next_digit(fact["value"]) if re.search(r"\d", fact["value"]) else f"{fact['value']}x"


def _system(rng: random.Random, lines: list[Line], at: int) -> None:
    first = lines[at].get("messages", [{"role": ""}])[0]
    if first["role"] == "system":
        first["content"] = first["content"].replace(".", " at any time.", 1)


def _cites(rng: random.Random, lines: list[Line], at: int) -> None:
    if found := [message for message in lines[at].get("messages", ()) if message.get("cites")]:
        message = rng.choice(found)
        message["cites"] = [_next_digit(message["cites"][0])]


def _grades(rng: random.Random, lines: list[Line], at: int) -> None:
    if grades := lines[at].get("grades"):
        grades[rng.choice(list(grades))] = "proved"


def _named(rng: random.Random, lines: list[Line], at: int) -> None:
    found = [message for message in lines[at].get("messages", ()) if message.get("name") and message["role"] != "tool"]
    if others := sorted({message["name"] for message in found}):
        message = rng.choice(found)
        message["name"] = rng.choice([name for name in others if name != message["name"]] or ["somebody"])


def _flipped(rng: random.Random, messages: list[Line], at: int) -> None:
    other = {"user": "assistant", "assistant": "user"}
    messages[at]["role"] = other.get(messages[at]["role"], "user")


EDITS: dict[str, Edit] = {
    "text: a word dropped": _reworded(_drop),
    "text: a word added": _reworded(_add),
    "text: another word": _reworded(_other),
    "text: two words swapped": _reworded(_swap),
    "text: a number changed": _reworded(_digit),
    "text: another name": _reworded(_name),
    "text: upper and lower case": _reworded(_case),
    "messages: one dropped": _message(lambda rng, found, at: found.pop(at)),
    "messages: one doubled": _message(lambda rng, found, at: found.insert(at, dict(found[at]))),
    "messages: two swapped": _message(_swapped),
    "messages: another speaker": _message(_flipped),
    "tools: an argument changed": _argument,
    "tools: another tool": _tool,
    "tools: a result changed": _result,
    "tools: a call dropped": _call_dropped,
    "tools: a private call's result": _private("result"),
    "tools: a private call's place": _private("before"),
    "tools: a private call dropped": _private_dropped,
    "scene: a fact": _scene(_fact),
    "scene: the situation": _scene(lambda rng, scene: scene.update(situation=f"{scene['situation']} So it was.")),
    "scene: a goal": _scene(lambda rng, scene: rng.choice(list(scene["parts"].values())).update(goal="You want more.")),
    "scene: a part dropped": _scene(lambda rng, scene: scene["parts"].pop(rng.choice(list(scene["parts"])))),
    "system: the message": _system,
    "cites: another passage": _cites,
    "grades: a better one": _grades,
    "messages: another's name": _named,
    "ending: another": _top("ending", lambda rng, was: rng.choice(["stuck", "too_long", None])),
    "brief: a fact": _of_brief("facts"),
    "brief: a cell's value": _cell,
    "brief: a text": _of_brief("texts"),
    "brief: a turn's plan": _of_brief("turns"),
    "brief: the blueprint": _of_brief("blueprint"),
    "brief: the parent": _parent,
    "brief: the seed": _top("seed", lambda rng, was: was + rng.randint(1, 9)),
    "brief: the id": _top("id", lambda rng, was: _next_digit(was)),
    "brief: round or index": lambda rng, lines, at: _set(rng.choice(["round", "index"]), lambda _, n: n + 1)(rng, lines[at]),
    "evidence: a check's status": _evidence(False, _status),
    "evidence: a check's detail": _evidence(False, _set("detail", lambda rng, was: f"{was} all is well")),
    "evidence: a check's version": _evidence(False, _set("version", lambda rng, was: was + rng.choice([-1, 1]))),
    "evidence: one dropped": lambda rng, lines, at: lines[at]["evidence"].pop(rng.randrange(len(lines[at]["evidence"]))),
    "evidence: one added": lambda rng, lines, at: lines[at]["evidence"].append(dict(rng.choice(lines[at]["evidence"]))),
    "evidence: a model's status": _evidence(True, _status),
    "evidence: a model's words": _evidence(True, _set("detail", lambda rng, was: f"{was}, it seems")),
    "scores: one a little other": _score(lambda rng, was: was - 1 if was > 1 else was + 1),
    "scores: one out of range": _score(lambda rng, was: was + 5),
    "novelty: the distance": lambda rng, lines, at: lines[at]["novelty"].update(distance=round(rng.uniform(0.2, 1.0), 6)),
    "novelty: the nearest": lambda rng, lines, at: lines[at]["novelty"].update(nearest=lines[at]["id"]),
    "novelty: another run's sample": lambda rng, lines, at: lines[at]["novelty"].update(nearest="0123456789ab/x", distance=0.2),
    "revisions": _top("revisions", lambda rng, was: was + 1),
    "usage: a count": _usage,
    "usage: below nothing": _tokens_below_nothing,
    "lineage": _top("lineage", lambda rng, was: ["elsewhere"]),
    "a key added": lambda rng, lines, at: lines[at].update(checked_by="me"),
    "a key dropped": lambda rng, lines, at: lines[at].pop(rng.choice(list(lines[at]))),
    "a record dropped": lambda rng, lines, at: lines.pop(at),
    "a record doubled": lambda rng, lines, at: lines.insert(at, dict(lines[at])),
    "two records swapped": lambda rng, lines, at: _swapped(rng, lines, at if at + 1 < len(lines) else at - 1),
}  # fmt: skip
