"""LLaMA-Factory in its ShareGPT form: human and observation at odd places, gpt and function_call at even ones.

Its reader skips a conversation whose places are otherwise, and has no place for words beside a call. `dataset_info.json`
stands beside the rows. Several results in a row are one observation: a JSON list of them.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from graphs.exporting.formats.target import ReadBack, Row, Target, lines_in
from graphs.exporting.sample import Heard, Learned, Lesson, Unfit, arguments_of, heard_as, sorted_json
from scenarios.messages import Message, Speech

_ODD, _EVEN = ("human", "observation"), ("gpt", "function_call")


class LlamaFactory(Target):
    """LLaMA-Factory's ShareGPT reader."""

    name = "llamafactory"
    lessons = frozenset(Lesson)
    alternates = True

    def fitted(self, sample: Learned) -> Learned:
        sample = super().fitted(sample)
        if any(message.tool_calls and message.content for message in sample.every):
            self.flatten("words beside calls")

            def bare(messages: Sequence[Message]) -> tuple[Message, ...]:
                return tuple(m.model_copy(update={"content": ""}) if m.tool_calls else m for m in messages)

            sides = {
                "messages": bare(sample.messages),
                "chosen": bare(sample.chosen),
                "rejected": bare(sample.rejected),
            }
            sample = sample.model_copy(update=sides)
        return sample

    def row(self, sample: Learned) -> Row:
        turns = list(_turns(sample.messages))
        system = turns.pop(0)["value"] if turns and turns[0]["from"] == "system" else ""
        if self.lesson is Lesson.KTO:
            turns += list(_turns(sample.chosen))
        for place, turn in enumerate(turns):
            if turn["from"] not in (_EVEN if place % 2 else _ODD):
                raise Unfit("its sides do not take turns, beginning with the user")
        if (len(turns) % 2 == 0) == (self.lesson is Lesson.DPO):
            raise Unfit(
                "it does not end with the assistant" if self.lesson is not Lesson.DPO else "its pair follows no user"
            )
        found: Row = {"conversations": turns, "system": system, "tools": _tools_text(sample)}
        if self.lesson is Lesson.DPO:
            sides = [list(_turns(side)) for side in (sample.chosen, sample.rejected)]
            if any(len(side) != 1 for side in sides):
                raise Unfit("an answer of a pair is not one message of the assistant")
            found |= {"chosen": sides[0][0], "rejected": sides[1][0]}
        if self.lesson is Lesson.KTO:
            found["kto_tag"] = bool(sample.good)
        return found

    def files(self, parts: Mapping[str, Sequence[Row]]) -> dict[str, bytes]:
        columns = {"messages": "conversations", "system": "system", "tools": "tools"}
        more: dict[str, Any] = {}
        if self.lesson is Lesson.DPO:
            columns |= {"chosen": "chosen", "rejected": "rejected"}
            more = {"ranking": True}
        if self.lesson is Lesson.KTO:
            columns["kto_tag"] = "kto_tag"
        info = {
            f"colloquia_{name}": {"file_name": f"{name}.jsonl", "formatting": "sharegpt", **more, "columns": columns}
            for name in parts
        }
        return {**super().files(parts), "dataset_info.json": orjson.dumps(info, option=orjson.OPT_INDENT_2)}

    def expected(self, sample: Learned) -> tuple[Heard, ...]:
        system = [m for m in sample.messages[:1] if m.role is Speech.SYSTEM]
        rest = sample.messages[len(system) :]
        every = [*([heard_as("system", system[0].content, None)] if system else []), *map(_heard, _turns(rest))]
        return (*every, *map(_heard, [*_turns(sample.chosen), *_turns(sample.rejected)]))

    def read_back(self, folder: Path, parts: Sequence[str]) -> ReadBack:
        try:
            run = _converter(folder, parts, self.lesson) if _installed() else None
            notes: tuple[str, ...] = ()
        except ImportError as error:
            run, notes = None, (f"LLaMA-Factory is installed and cannot be loaded ({error})",)
        found = []
        for part in parts:
            for row in lines_in(folder / f"{part}.jsonl"):
                found.append(run(part, row) if run else by_form(row))
        how = "read by LLaMA-Factory's converter" if run else "checked by form (LLaMA-Factory's ShareGPT reader)"
        return ReadBack(how=how, heard=tuple(found), run=run is not None, notes=notes)


def _turns(messages: Sequence[Message]) -> Iterator[dict[str, str]]:
    """Messages in ShareGPT's form; results in a row are one observation."""
    results: list[str] = []
    for message in messages:
        if message.role is Speech.TOOL:
            results.append(message.content)
            continue
        if results:
            yield {"from": "observation", "value": _observed(results)}
            results = []
        if message.tool_calls:
            calls = [{"name": call["function"]["name"], "arguments": arguments_of(call)} for call in message.tool_calls]
            yield {"from": "function_call", "value": orjson.dumps(calls if len(calls) > 1 else calls[0]).decode()}
        else:
            yield {"from": {"user": "human", "assistant": "gpt"}.get(message.role, "system"), "value": message.content}
    if results:
        yield {"from": "observation", "value": _observed(results)}


def _observed(results: Sequence[str]) -> str:
    return results[0] if len(results) == 1 else orjson.dumps(list(results)).decode()


def _tools_text(sample: Learned) -> str:
    """The tools as LLaMA-Factory reads them: the functions alone."""
    return orjson.dumps([tool["function"] for tool in sample.tools]).decode() if sample.tools else ""


def _heard(turn: Mapping[str, str]) -> Heard:
    roles = {"human": "user", "gpt": "assistant", "function_call": "assistant", "observation": "tool"}
    if turn["from"] != "function_call":
        return heard_as(roles.get(turn["from"], turn["from"]), turn["value"], None)
    said = orjson.loads(turn["value"])
    calls = tuple(
        (call["name"], sorted_json(call["arguments"])) for call in (said if isinstance(said, list) else [said])
    )
    return Heard(role="assistant", text="", calls=calls)


def by_form(row: Row) -> tuple[Heard, ...]:
    """What LLaMA-Factory's reader makes of a row, by its rules: nothing of one that it would skip."""
    turns, pair = row["conversations"], [row[side] for side in ("chosen", "rejected") if side in row]
    in_turn = all(turn["from"] in (_EVEN if place % 2 else _ODD) for place, turn in enumerate(turns))
    if not in_turn or (len(turns) % 2 == 0) == bool(pair):
        return ()
    return _with_system(row["system"], [*turns, *pair])


def _with_system(system: str, turns: Sequence[Mapping[str, str]]) -> tuple[Heard, ...]:
    before = (heard_as("system", system, None),) if system else ()
    return (*before, *map(_heard, turns))


def _installed() -> bool:
    return importlib.util.find_spec("llamafactory") is not None


def _converter(folder: Path, parts: Sequence[str], lesson: Lesson) -> Any:
    """LLaMA-Factory's own reader of dataset_info.json and converter of rows."""
    from types import SimpleNamespace

    from llamafactory.data.converter import get_dataset_converter
    from llamafactory.data.parser import get_dataset_list

    names = [f"colloquia_{part}" for part in parts]
    attributes = dict(zip(parts, get_dataset_list(names, str(folder)), strict=True))
    told = SimpleNamespace(media_dir="")
    roles = {"function": "function_call", "assistant": "gpt", "user": "human"}

    def read(part: str, row: Row) -> tuple[Heard, ...]:
        made = get_dataset_converter("sharegpt", attributes[part], told)(row)
        response = made["_response"]
        if lesson is Lesson.KTO:  # beside the answer an empty one, on the side that its verdict does not name
            response = [one for one in response if one["content"]][:1] or response[:1]
        turns = [
            {"from": roles.get(one["role"], one["role"]), "value": one["content"]}
            for one in (*made["_prompt"], *response)
        ]
        return _with_system(made["_system"], turns) if turns else ()

    return read
