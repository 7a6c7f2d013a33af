"""A prompt holds texts and numbers: no object's address, no undefined value, no function. Keys come before methods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphs.settings.templates import check_templates
from scenarios.errors import ScenarioError
from scenarios.loading import load, scenario_names
from scenarios.templates import Prompt, check_names, render
from tests.helpers import PLANNED, TALK, loaded

METHODS = ("items", "keys", "values", "get", "copy", "pop", "update", "clear", "setdefault", "popitem", "fromkeys")
VALUES: dict[str, Any] = {
    "x": "text",
    "d": {"k": "v"},
    "own": {name: f"own {name}" for name in METHODS},
    "rows": [1, 2],
}


@pytest.mark.parametrize("name", METHODS)
def test_a_key_comes_before_a_method_of_the_same_name(name: str) -> None:
    assert render(f"{{{{ own.{name} }}}} {{{{ own['{name}'] }}}}", VALUES, "here") == f"own {name} own {name}"
    with pytest.raises(ScenarioError, match=f"'{name}' is not there"):
        render(f"{{{{ d.{name} }}}}", VALUES, "here")


def test_a_method_that_is_called_is_a_method_whatever_the_keys() -> None:
    source = "{% for k, v in own.items() if k == 'get' %}{{ v }}{% endfor %} {{ own.get('keys') }} {{ own.values() | list | length }}"
    assert render(source, VALUES, "here") == f"own get own keys {len(METHODS)}"


@pytest.mark.parametrize(
    "source",
    [
        "{{ x.upper }}", "{{ x['upper'] }}", "{{ d.items }}", "{{ rows.index }}", "{{ range }}", "{{ dict }}", "{{ cycler }}", "{{ namespace() }}",
        "{{ cycler('a') }}", "{{ joiner() }}", "{{ self }}", "{% for a in rows %}{{ loop }}{% endfor %}", "{% macro m() %}{% endmacro %}{{ m }}",
        "{{ none }}", "{{ d.get('nobody') }}", "{{ [nobody] }}", "{{ {'a': nobody} }}", "{{ [x.upper] }}", "{{ [d.get] | join }}",
        "{{ x ~ x.upper }}", "{{ x ~ d.get('nobody') }}", "{{ '%s' % x.upper }}", "{{ '%s' % [d.get] }}", "{{ '%s' | format(range) }}",
        "{{ '{}'.format(range) }}", "{{ x.upper | string }}", "{{ range | string }}", "{{ [range] | tojson }}", "{{ x | replace('t', range) }}",
        "{{ range(3) }}", "{% set f = x.upper %}{{ f }}", "{{ dict(a=range) }}", "{{ (range,) }}", "{{ nobody }}", "{{ x.nobody }}",
        "{{ rows[9] }}", "{{ d['nobody'] }}", "{{ [1, [range]] }}", "{{ x | random }}", "{{ x | attr('upper') }}", "{{ d | pprint }}",
    ],
)  # fmt: skip
def test_what_is_no_text_is_not_printed(source: str) -> None:
    with pytest.raises(ScenarioError, match="^here: line 1: ") as caught:
        render(source, VALUES, "here")
    assert " at 0x" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("a\n\n{{ xs }}", "line 3: 'xs' is undefined.*did you mean 'x'"), ("{{ d.kk }}", "'kk' is not there.*did you mean 'k'.*there is k"),
        ("a\n{{ x | uper }}", "line 2: .*No filter named 'uper'.*did you mean 'upper'"), ("{{ x is evn }}", "No test named 'evn'.*did you mean 'even'"),
        ("a\n{% fro r in rows %}", "line 2: .*unknown tag 'fro'.*did you mean 'for'"), ("{% if x %}\n{{ x }", "line 2: broken template"),
        ("{{ x }}\n{{ 1 / 0 }}", "line 2: .*division by zero"), ("\n{{ x.nope }}", "line 2: a text has no 'nope'"),
        ("\n\n{{ d.items }}", "line 3"), ("{{ x() }}", "line 1: .*no function or method is called"),
    ],
)  # fmt: skip
def test_an_error_names_its_line_and_the_nearest_name(source: str, told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        render(source, VALUES, "here")


def test_the_line_is_that_of_the_file() -> None:
    prompt = Prompt.parse("p.jinja", "\n=== system ===\na\n=== user ===\nb\n{{ gaol }}\n")
    for work in (lambda: prompt.check({"goal"}), lambda: prompt.messages({"goal": "x"})):
        with pytest.raises(ScenarioError, match=r"p\.jinja: line 6: 'gaol' is undefined.*did you mean 'goal'"):
            work()
    with pytest.raises(ScenarioError, match="line 2: 'b' is undefined"):
        check_names("{% if false %}\n{{ b }}{% endif %}", {"a"}, "here")


@pytest.mark.parametrize("name", [*scenario_names(), PLANNED])
def test_no_prompt_that_ships_prints_what_is_no_text(name: str) -> None:
    check_templates(load(name))


@pytest.mark.parametrize(
    "text",
    ["{{ goal.upper }}", "{% if note %}{{ note.strip }}{% endif %}", "{% for l in lines %}{{ l.items }}{% endfor %}",
     "{% for d in demonstrations %}{{ d.texts.pop }}{% endfor %}", "{% if avoid %}{{ avoid.sort }}{% endif %}"],
)  # fmt: skip
def test_such_a_prompt_is_refused_when_the_scenario_is_loaded(tmp_path: Path, text: str) -> None:
    demonstrations = {"demonstrations": {"file": "shown.yaml", "choose": "random"}}
    scenario = loaded(tmp_path / "s", TALK)
    (tmp_path / "s" / "shown.yaml").write_text(
        "- {facts: {code: a}, lines: [{speaker: guest, text: Hello., act: greets}]}"
    )
    check_templates(scenario)
    scenario = loaded(tmp_path / "s", TALK, **demonstrations)
    guest = Prompt.parse("guest.jinja", text)
    changed = scenario.model_copy(update={"prompts": {**scenario.prompts, "guest.jinja": guest}})
    with pytest.raises(ScenarioError, match=r"guest\.jinja: line 1"):
        check_templates(changed)
