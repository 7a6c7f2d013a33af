"""Tool calls that a server left in a model's text, in the notations of the families of models. Pure.

Nothing is run: what looks like Python is taken apart as a tree of constants.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from agents.models.calls import ToolCall
from agents.models.endpoint.speech.marks import Place

_NOTATION = re.compile(
    r"<(?P<tag>(?:\w+:)?(?:tool_?calls?|function_?calls?)|TOOLCALL)>"
    r"|(?P<function><function=)|(?P<invoke><(?:\w+:)?invoke name=)"
    r"|(?P<mistral>\[TOOL_CALLS\])|(?P<python><\|python_tag\|>)"
    r"|(?P<fence>^[ \t]*```[ \t]*tool_(?:code|calls?)\b)"
    r"|(?P<marks><\|(?:tool_calls?(?:_start|_begin|_section_begin|s_section_begin)?|START_ACTION|action_start)\|>"
    r"|<｜tool▁calls?▁begin｜>|<｜\w*｜?function_calls>|<\|tool_call>)"
    r"|(?P<functools>\bfunctools(?=\[\s*\{))|(?P<qwen>✿FUNCTION✿:)"
    r"|(?P<harmony><\|channel\|>\w+ to=|<\|start\|>\s*assistant to=)",
    re.MULTILINE | re.IGNORECASE,
)
_ENDS = {
    "function": r"</function>", "invoke": r"</(?:\w+:)?invoke>", "mistral": r"</s>|\Z", "python": r"<\|e(?:om|ot)_id\|>|\Z",
    "fence": r"^[ \t]*```|\Z", "functools": r"\n\n|\Z", "qwen": r"✿RESULT✿|✿RETURN✿|\Z", "harmony": r"<\|call\|>|\Z",
    "marks": r"<\|(?:/tool_calls?|tool_calls?_end|tool_calls?_section_end|END_ACTION|action_end|end)\|>|<tool_call\|>"
    r"|<｜tool▁calls▁end｜>|</｜\w*｜?function_calls>|\Z",
}  # fmt: skip
_CLOSERS = re.compile(
    r"\s*(?:</(?:\w+:)?(?:tool_?calls?|function_?calls?|function|invoke)>|</TOOLCALL>|<\|tool_calls?_end\|>|\[/TOOL_CALLS\])",
    re.IGNORECASE,
)
_NAMED = re.compile(r"""<(?:\w+:)?(?:function|invoke)(?:=| name=)["']?([\w.:/-]+)["']?\s*>""")
_PARAMETER = re.compile(
    r"""<(?:\w+:)?parameter(?:=| name=)["']?([\w.:/-]+)["']?[^>]*>(.*?)(?:</(?:\w+:)?parameter>|\Z)""", re.DOTALL
)
_GLM = re.compile(r"<arg_key>(.*?)</arg_key>\s*<arg_value>(.*?)</arg_value>", re.DOTALL)
_BESIDE_JSON = re.compile(
    r"(?:functions\.)?([A-Za-z_][\w.-]*?)(?::\d+)?\s*(?:\[CALL_ID\]\w+)?"
    r"(?:\[ARGS\]|<｜tool▁sep｜>|<\|tool_call_argument_begin\|>|\n✿ARGS✿:|(?:<\|channel\|>|\s)[\w ]*(?:<\|constrain\|>\s*\w+)?<\|message\|>)?"
    r"\s*(?:```(?:json)?\s*)?(?=\{)"
)
_BROKEN_NAME = re.compile(r'"(?:name|tool_name)"\s*:\s*"([^"\\]{1,100})"')
_NAMES, _ARGUMENTS = (
    ("name", "tool_name", "function"),
    ("arguments", "parameters", "args", "input", "tool_input", "kwargs"),
)
_LONGEST_PYTHON = 4000


@dataclass(frozen=True)
class WrittenCalls:
    """What a text says and what it calls."""

    text: str
    calls: list[ToolCall] = field(default_factory=list)
    unread: bool = False
    """Whether there is a call that cannot be read. Then the text is as it was."""


def calls_in(text: str, offered: Collection[str] = ()) -> WrittenCalls:
    """The calls that a model wrote into a text, and what is left of it.

    A text that is nothing but a call of an `offered` tool counts without any mark. Code and mentions are no calls.
    """
    if offered and (bare := _bare(text.strip(), offered)):
        return WrittenCalls("", bare)
    place, left, calls, start = Place(text), list[str](), list[ToolCall](), 0
    for mark in place.genuine(_NOTATION):
        if mark.start() < start:
            continue
        body, end = _body(text, mark)
        found = list(_calls(body))
        if not found:
            return WrittenCalls(text, unread=True)
        calls += found
        left.append(text[start : mark.start()])
        start = end
        while closer := _CLOSERS.match(text, start):
            start = closer.end()
    return WrittenCalls("".join([*left, text[start:]]).strip(), calls) if calls else WrittenCalls(text)


def _body(text: str, mark: re.Match[str]) -> tuple[str, int]:
    """What stands in a notation that begins at `mark`, and where it ends."""
    kind = str(mark.lastgroup)
    if kind == "tag":
        opening, closing = re.escape(mark[0]), rf"</{re.escape(mark['tag'])}>"
        end = re.compile(rf"{closing}|(?={opening})|\Z", re.IGNORECASE).search(text, mark.end())
    else:
        end = re.compile(_ENDS[kind], re.IGNORECASE | re.MULTILINE).search(text, mark.end())
    whole = kind in {"function", "invoke", "harmony"}
    start = mark.start() if whole else mark.end()
    if end is None:
        return text[start:], len(text)
    return text[start : end.end() if whole else end.start()], end.end()


def _calls(body: str) -> Iterator[ToolCall]:
    """The calls in what stands between a notation's marks."""
    body = body.strip()
    if named := list(_NAMED.finditer(body)):
        for place, each in enumerate(named):
            inner = body[each.end() : named[place + 1].start() if place + 1 < len(named) else len(body)]
            inner = re.split(r"</(?:\w+:)?(?:function|invoke)>", inner)[0]
            given = {name: _value(value) for name, value in _PARAMETER.findall(inner)}
            yield _call(each[1], given if given or not inner.strip() else inner.strip())
        return
    if found := list(_json_calls(body)):
        yield from found
        return
    if pairs := _GLM.findall(body):
        yield _call(body.partition("<arg_key>")[0].strip(), {key.strip(): _value(value) for key, value in pairs})
        return
    if found := list(_beside_json(body)):
        yield from found
        return
    yield from _python(body)


def _json_calls(body: str, *, broken: bool = True) -> Iterator[ToolCall]:
    """Calls told as JSON: one object, a list of them, or several one after the other; with `broken` also one
    that breaks off, if it has a name."""
    start, known = 0, False
    body = re.sub(r"^```(?:json)?\s*|```$", "", body.removeprefix("<|plugin|>").strip())
    while start < len(body) and body[start] in "[{":
        try:
            value, start = json.JSONDecoder().raw_decode(body, start)
        except (ValueError, RecursionError):
            if broken and not known and (name := _BROKEN_NAME.search(body)):
                yield _call(name[1], body)
            return
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict) and (call := _of_object(each)):
                known = True
                yield call
        while start < len(body) and body[start] in " \t\r\n,;":
            start += 1


def _of_object(told: dict[str, Any]) -> ToolCall | None:
    inner = told.get("function")
    if isinstance(inner, dict):
        told = inner
    name = next((told[key] for key in _NAMES if isinstance(told.get(key), str) and told[key]), "")
    return _call(name, next((told[key] for key in _ARGUMENTS if key in told), None)) if name else None


def _beside_json(body: str) -> Iterator[ToolCall]:
    """Calls whose name stands before their arguments: `look[ARGS]{…}`, `functions.look:0<|…|>{…}`."""
    start = 0
    while match := _BESIDE_JSON.search(body, start):
        try:
            value, start = json.JSONDecoder().raw_decode(body, match.end())
        except (ValueError, RecursionError):
            yield _call(match[1].rpartition(".")[2], body[match.end() :])
            return
        yield _call(match[1].rpartition(".")[2], value)


def _python(body: str) -> Iterator[ToolCall]:
    """Calls told as Python: `look(id="1")`, `[look(id="1"), lend(id="2")]`, `look.call(id="1")`."""
    if len(body) > _LONGEST_PYTHON:
        return
    try:
        tree = ast.parse(body, mode="exec").body
        nodes = [line.value for line in tree if isinstance(line, ast.Expr)]
        if len(nodes) != len(tree):
            return
        flat = [each for node in nodes for each in (node.elts if isinstance(node, ast.List | ast.Tuple) else [node])]
        flat = [each.args[0] if _prints(each) else each for each in flat]  # type: ignore[attr-defined]
        found = [_of_node(each) for each in flat]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    if all(found):
        yield from (call for call in found if call)


def _prints(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
        and len(node.args) == 1
    )


def _of_node(node: ast.expr) -> ToolCall | None:
    if not isinstance(node, ast.Call) or node.args or any(each.arg is None for each in node.keywords):
        return None
    parts = ast.unparse(node.func).split(".")
    name = parts[-2] if parts[-1] == "call" and len(parts) > 1 else parts[-1]
    return _call(name, {str(each.arg): ast.literal_eval(each.value) for each in node.keywords})


def _bare(text: str, offered: Collection[str]) -> list[ToolCall]:
    """The calls of a text that is nothing else, without any mark."""
    if not text.startswith(("{", "[", "```")) and not re.match(r"[\w.]+\(", text):
        return []
    found = list(_json_calls(text, broken=False)) or list(_python(text))
    return found if found and all(each.name in offered for each in found) else []


def _value(told: str) -> Any:
    """An argument told as text: JSON if it is some, else the text."""
    told = told.strip("\n")
    try:
        return orjson.loads(told)
    except orjson.JSONDecodeError:
        return told


def _call(name: str, arguments: Any) -> ToolCall:
    return ToolCall(id="", name=name.strip(), arguments=as_arguments(arguments))


def as_arguments(given: Any) -> str:
    """Arguments as JSON text; some servers give them as an object."""
    if given is None or isinstance(given, str):
        return given or ""
    try:
        return orjson.dumps(given).decode()
    except (orjson.JSONEncodeError, TypeError):  # deeper than orjson writes, or no value of JSON
        return "(nested too deeply)"
