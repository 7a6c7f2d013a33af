"""Templates end: whatever they say, rendering them gives a text of bounded size, or the scenario's error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.errors import ScenarioError
from scenarios.templates import render

VALUES = {"x": "text", "d": {"k": "v"}, "rows": [{"text": "a"}, {"text": "b"}], "long": "z" * 1000}
GROWS = [
    "{{ 'a' * 10**10 }}", "{{ 10**10 * 'a' }}", "{{ [1] * 10**9 }}", "{{ 9**99999999 }}", "{{ 2**-99999 }}", "{{ 9.0**9999 }}",
    "{% set n = namespace(a=9) %}{% for i in range(99) %}{% set n.a = n.a * n.a %}{% endfor %}",
    "{% set n = namespace(a='ab') %}{% for i in range(60) %}{% set n.a = n.a ~ n.a %}{% endfor %}",
    "{% set n = namespace(a='ab') %}{% for i in range(60) %}{% set n.a = n.a + n.a %}{% endfor %}",
    "{% set n = namespace(a='ab') %}{% for i in range(60) %}{% set n.a %}{{ n.a }}{{ n.a }}{% endset %}{% endfor %}",
    "{% set n = namespace(a=[1]) %}{% for i in range(60) %}{% set n.a = [n.a, n.a] %}{% endfor %}{{ n.a }}",
    "{% set n = namespace(a=(1,)) %}{% for i in range(60) %}{% set n.a = (n.a, n.a) %}{% endfor %}{{ {n.a: 1} }}",
    "{% set n = namespace(a={}) %}{% for i in range(60) %}{% set n.a = {'l': n.a, 'r': n.a} %}{% endfor %}{{ n.a == n.a }}",
    "{% set n = namespace(a=[]) %}{% for i in range(9999) %}{% set n.a = [n.a] %}{% endfor %}{{ n.a }}",
    "{% for i in range(40000) %}{{ long }}{% endfor %}", "{{ x | center(1000000000) }}", "{{ x.center(1000000000) }}",
    "{{ x.ljust(1000000000) }}", "{{ x.rjust(1000000000) }}", "{{ x.zfill(1000000000) }}", "{{ x | indent(1000000000) }}",
    "{{ x | indent('y' * 900000 ) | indent('y' * 900000) }}", "{{ x | batch(1000000000, 'y') }}", "{{ x | slice(1000000000) }}",
    "{{ '%0999999999d' | format(1) }}", "{{ '%999999999s' % x }}", "{{ '%*d' % (999999999, 1) }}", "{{ '%.999999999f' % 1 }}",
    "{{ '{:999999999}'.format(x) }}", "{{ '{:{}}'.format(1, 999999999) }}", "{{ ('{0}' * 99999).format('y' * 99999) }}",
    "{{ ('%(a)s' * 99999) % {'a': 'y' * 99999} }}", "{{ ('y' * 99999) | replace('y', 'z' * 99999) }}",
    "{{ ('y' * 99999).replace('', 'z' * 99999) }}", "{{ range(40000) | join('y' * 99999) }}", "{{ ('y' * 99999).join(['z'] * 99999) }}",
    "{{ x | wordwrap(1, wrapstring='y' * 999999) }}", "{{ [[[1]]] | tojson(indent=99999999) }}", "{{ 1.5 | round(99999999, 'ceil') }}",
    "{{ (1).to_bytes(99999999, 'big') }}", "{{ 'a\tb'.expandtabs(99999999) }}", "{{ 'a'.translate({97: 'y'}) }}", "{{ lipsum(99999) }}",
]  # fmt: skip
GOES_ON = [
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% set r = range(40000) %}{% for a in r %}{% for b in r if false %}{% endfor %}{% endfor %}",
    "{% for a in range(40000) %}{{ range(40000) | sum }}{% endfor %}", "{{ range(99999999) }}",
    "{% set r = range(20000) | list %}{% for a in range(20000) %}{% if -1 in r %}{% endif %}{% endfor %}",
    "{% set r = range(20000) | list %}{% for a in range(20000) %}{% if r is sameas 1 or -1 is in r %}{% endif %}{% endfor %}",
    "{% for a in range(40000) %}{{ (long * 900).upper() | length }}{% endfor %}",
    "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}", "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(35) }}",
    "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
    "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{% call m() %}{% endcall %}",
    "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}", "{% for a in range(999) recursive %}{{ loop(range(999)) }}{% endfor %}",
    "{% block a %}{{ self.a() }}{% endblock %}",
]  # fmt: skip
DEEP = [
    "{{ " + "(" * 900 + "1" + ")" * 900 + " }}", "{{ " + "[" * 900 + "]" * 900 + " }}", "{{ " + "-" * 900 + "1 }}", "{{ " + "1+" * 5000 + "1 }}",
    "{{ x" + ".y" * 5000 + " }}", "{{ x" + "|upper" * 5000 + " }}", "{% if x %}" * 200 + "{% endif %}" * 200,
    "{% for a in x %}" * 30 + "{% endfor %}" * 30, "{{ x ~ x }}" * 40_000, "{{ not " * 300, "{{ x " + "~ x" * 40_000 + "}}",
]  # fmt: skip


@pytest.mark.parametrize("source", [*GROWS, *GOES_ON, *DEEP], ids=lambda source: source[:60])
def test_what_grows_or_goes_on_ends_in_the_scenarios_error(source: str) -> None:
    with pytest.raises(ScenarioError, match=r"^here: ") as caught:
        render(source, VALUES, "here")
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)


@given(
    st.lists(
        st.sampled_from(
            ["{{ x }}", "{% for a in rows %}", "{% endfor %}", "{% if x %}", "{% endif %}", "{{ x * 99999 }}", "{% set x = x ~ x %}",
             "{{ rows }}", "{{ a.text }}", "{% set x = [x, x] %}", "{% macro x() %}", "{% endmacro %}", "{{ x() }}", "{{ d.k }}",
             "{{ long | indent(9) }}", "{{ x | list }}", "{% set d = {'k': d} %}", "{{ loop.index }}", "{% call x() %}", "{% endcall %}"]
        ),
        max_size=25,
    )
)  # fmt: skip
def test_any_mixture_renders_within_bounds_or_is_an_error(parts: list[str]) -> None:
    try:
        assert len(render("".join(parts), VALUES, "here")) <= 1_000_000
    except ScenarioError as error:
        assert str(error).startswith("here: ")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ 'ab' * 3 }} {{ 3 * 'ab' }} {{ 2**10 }} {{ 7 // 2 }} {{ '%05d' % 3 }} {{ '%-6s|' % x }}", "ababab ababab 1024 3 00003 text  |"),
        ("{{ '{:>6}|{}'.format(x, d.k) }}", "  text|v"), ("{{ rows | map(attribute='text') | join(', ') }}", "a, b"),
        ("{% for r in rows %}{{ loop.index }}{{ r.text }}{{ ', ' if not loop.last }}{% endfor %}", "1a, 2b"),
        ("{% for k, v in d.items() %}{{ k }}={{ v }}{% endfor %}", "k=v"), ("{{ rows | length }} {{ x[::-1] }} {{ x[1:3] }}", "2 txet ex"),
        ("{% macro m(n) %}<{{ n }}>{% endmacro %}{{ m(1) }}{{ m(x) }}", "<1><text>"), ("{{ d.get('q', 'w') }} {{ d.q | default('e') }}", "w e"),
        ("{% set n = namespace(c=0) %}{% for r in rows %}{% set n.c = n.c + 1 %}{% endfor %}{{ n.c }}", "2"),
        ("{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}", "aba"), ("{{ d }} {{ rows | tojson }}",
         "{'k': 'v'} [{\"text\": \"a\"}, {\"text\": \"b\"}]"), ("{{ range(3) | list }} {{ x | map('upper') }}", "[0, 1, 2] ['T', 'E', 'X', 'T']"),
        ("{{ x | indent(2) }}{{ x | center(8) }}{{ x | replace('t', 'p') }}", "text  text  pexp"), ("{{ 'a' if false }}|{{ x ~ 1 }}", "|text1"),
        ("{% for r in rows if r.text in ['b'] %}{{ r.text }}{% endfor %}", "b"), ("{{ rows | groupby('text') | length }}", "2"),
        ("{% for r in [{'t': 1, 'c': [{'t': 2}]}] recursive %}{{ r.t }}{{ loop(r.c) if r.c is defined }}{% endfor %}", "12"),
    ],
)  # fmt: skip
def test_what_prompts_use_works(source: str, text: str) -> None:
    assert render(source, VALUES, "here") == text
