"""The page of an experiment: whole, from nowhere else, nothing that a model wrote is more than text, and every figure is on it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.intervals import Figure
from graphs.experimenting.report import ContrastResult, ExperimentReport, Outcome, Sharing
from graphs.experimenting.showing import wording
from graphs.experimenting.showing.page import page
from graphs.experimenting.showing.plots import contrasts_of, scatter_of
from graphs.pages import page as module
from graphs.pages.plots import letters
from graphs.pages.wording import amount, dollars, number, share, usd
from tests.graphs.experimenting.reports import HOSTILE, LONG, arm, contrast, figure, whole_report

VOID = {"meta", "br", "wbr", "img", "input", "link", "hr"}
HARMLESS = {"class", "lang", "charset", "http-equiv", "content", "name", "scope", "data-label", "tabindex", "role", "aria-label",
            "aria-hidden", "dir", "width", "height", "x", "y", "x1", "x2", "y1", "y2", "r", "d", "dx", "dy", "overflow",
            "text-anchor"}  # fmt: skip
CSS = (Path(module.__file__).parent / "page.css").read_text(encoding="utf-8")


class Parsed(HTMLParser):
    """A page as a browser takes it apart; fails if an element is not closed where it should be."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self._open, tag
        assert self._open.pop() == tag, f"</{tag}> closes another"

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.words.append(data)

    @property
    def text(self) -> str:
        """The words, with one space between them."""
        return " ".join(" ".join(self.words).split())


@cache
def parsed() -> Parsed:
    """The page with everything."""
    return Parsed(page(whole_report()))


def test_it_is_well_formed_and_always_the_same() -> None:
    html = page(whole_report())
    assert html == page(whole_report())
    assert html.startswith('<!doctype html>\n<html lang="en">')
    found = parsed()
    assert found.tags.count("html") == found.tags.count("main") == found.tags.count("h1") == 1
    assert {"svg", "table", "details"} <= set(found.tags)


def test_nothing_comes_from_elsewhere_and_nothing_runs() -> None:
    found = parsed()
    assert {name for _, name, _ in found.attributes} <= HARMLESS
    assert not {"script", "img", "link", "iframe", "object", "form", "base", "a"} & set(found.tags)
    assert not re.search(r"url\(|@import|expression|http", CSS)
    policy = next(value for _, name, value in found.attributes if name == "content" and "default-src" in value)
    style = re.search(r"<style>(.*?)</style>", page(whole_report()), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def replaced(value: Any, change: Callable[[str], str]) -> Any:
    """A dump with every text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {
            change(key) if key not in ExperimentReport.model_fields else key: replaced(inner, change)
            for key, inner in value.items()
        }
    return [replaced(inner, change) for inner in value] if isinstance(value, list) else value


def test_what_a_model_wrote_is_text() -> None:
    dump = whole_report().model_dump(mode="json")
    tame = ExperimentReport.model_validate(
        replaced(dump, lambda text: f"tame{HOSTILE.index(text)}" if text in HOSTILE else text)
    )
    assert parsed().tags == Parsed(page(tame)).tags
    html = page(whole_report())
    for text in HOSTILE[:-1]:
        assert " ".join(text.split()) in parsed().text
    assert HOSTILE[6].replace("&", "&amp;") in html
    assert r"left\u202eright\u2066\x1b[2J\x00\u200b" in html
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b\u200b]", html)


@settings(max_examples=8, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_no_text_is_anything_else(text: str) -> None:
    report = whole_report(
        apart=(), question=text, caveats=(text,), held={text: text}, command=text, scenario=text, judge=text
    )
    assert Parsed(page(report)).tags == [*Parsed(page(whole_report(apart=(), caveats=("a",), held={"a": "a"}))).tags]


def test_every_figure_is_on_the_page() -> None:
    report, text = whole_report(), parsed().text
    for one in report.arms:
        figures = [one.good, one.accepted_share, *([one.good_of_accepted] if one.accepted else [])]
        due = [part for found in figures for part in share(found)]
        due += [
            part
            for found in (one.tokens, one.tokens_for_good, one.seconds)
            if found.value is not None
            for part in amount(found)
        ]
        due += [
            part
            for found in (one.usd, one.usd_for_good)
            if found and found.value is not None
            for part in dollars(found)
        ]
        due += [
            f"{one.accepted} of 60",
            f"{one.rejected} rejected",
            f"{one.undecided} undecided",
            "1,320 calls",
            f"{one.shared} of them",
        ]
        due += [f"({100 * (one.frontier or 0):.0f} %)", *(f"{key}={value}" for key, value in one.differs.items())]
        for role in one.roles:
            tokens = role.prompt_tokens + role.completion_tokens
            due += [role.role, role.model, f"{number(tokens)} tokens", f"{number(role.calls)} calls"]
            due += [f"{number(role.prompt_tokens)} + {number(role.completion_tokens)}"]
            due += [usd(role.usd) if role.usd is not None else "no price"]
        due += [str(count) for count in one.failures.values()]
        assert [part for part in due if part not in text] == []
    for row in report.contrasts:
        told = wording.told(row, report.outcome)
        assert told.sentence in text
        assert " · ".join(told.details) in text
    assert "6,600 calls, and 4,543 were made: 31 %" in text
    for measured in (
        "0.83 (0.77 to 0.89)",
        "41 of 53",
        "19 of 21",
        "3 of 8",
        "41.5",
        "$0.00043",
        "957",
        "of one family with a writer: qwen",
    ):
        assert measured in text
    assert report.command in text
    assert all(f"{key} {value}" in text for key, value in list(report.held.items())[:3])
    assert all(caveat in text for caveat in report.caveats)


def test_an_experiment_without_anything_has_a_page_too() -> None:
    report = whole_report(
        arms=(arm("alone", 0.0, 0.0, accepted=0, failures={}),), contrasts=(), apart=(), held={}, worth=(), caveats=(), whole=False,
        stopped_by="budget.usd", sharing=Sharing(needed=0, made=0),
    )  # fmt: skip
    text = Parsed(page(report)).text
    for due in (
        "stopped by budget.usd",
        "No contrast was asked for",
        "Nothing failed",
        "On no brief did arms differ",
        "No call was made",
    ):
        assert due in text
    assert "Nothing was measured of the roles that judge" in text


@pytest.mark.parametrize(
    ("found", "outcome", "sentence"),
    [
        (
            contrast("without", "with", 0.08, 0.06, usd_ratio=None, tokens_ratio=2.0), Outcome.JUDGE,
            "With “with” 8 more of 100 briefs came out good than with “without” (95 %: 2 to 14), at 2.0 times the tokens.",
        ),
        (
            contrast("without", "with", -0.08, 0.11, usd_ratio=1.5, tokens_ratio=1.0), Outcome.CHECKS,
            "With “with” 8 fewer of 100 briefs came out good than with “without” (95 %: 19 fewer to 3 more), at the same number of tokens "
            "(1.0 times) and 1.5 times the price; so many briefs cannot tell the two apart.",
        ),
        (
            contrast("without", "with", 0.0, 0.02, usd_ratio=None, tokens_ratio=None), Outcome.PEOPLE,
            "With “with” as many briefs came out good as with “without” (95 %: 2.0 fewer to 2.0 more); so many briefs cannot tell the two apart.",
        ),
        (
            contrast("without", "with", 0.25, 0.1, usd_ratio=None, tokens_ratio=0.5), Outcome.PAIRS,
            "With “with” 25 more of 100 comparisons were won than lost against “without” (95 %: 15 to 35), at 0.5 times the tokens.",
        ),
        (
            contrast("without", "with", 0.5, 0.0, briefs=2, usd_ratio=None, tokens_ratio=None), Outcome.CHECKS,
            "“with” beside “without”: 2 briefs are too few to say (measured: +50 of 100).",
        ),
    ],
)  # fmt: skip
def test_a_contrast_is_said_in_plain_words(found: ContrastResult, outcome: Outcome, sentence: str) -> None:
    assert wording.told(found, outcome).sentence == sentence


def test_marks_lie_where_their_figures_say() -> None:
    report = whole_report()
    scatter = scatter_of(report.arms)
    assert [spot.letter for spot in scatter.spots] == ["A", "B", "C", "D", "E"]
    assert [spot.name for spot in scatter.spots if spot.best] == ["no_critic", "full", "no_critic_best_of_2"]
    by_cost = sorted(scatter.spots, key=lambda spot: spot.x)
    assert [spot.name for spot in by_cost][-1] == LONG
    assert scatter.spots[3].y == 100, "nothing is good: at the bottom"
    assert [spot.letter for spot in scatter.spots if spot.aside] == ["E"], (
        "its letter would stand on the mark beside it"
    )
    forest = contrasts_of(report.contrasts)
    lows = [row.low for row in forest.rows if row.low is not None]
    assert all(0 <= low <= 100 for low in lows)
    assert [row.low > forest.zero for row in forest.rows if row.low is not None] == [True, False, False, False]
    assert forest.rows[0].said == "+8 (+2 to +15)"
    nothing = scatter_of([arm("a", 0.5, 10.0).model_copy(update={"good": figure(None)})])
    assert (nothing.spots, nothing.missing) == ((), ("a",))
    assert letters(28)[25:] == ["Z", "A1", "B1"]
    assert contrasts_of([contrast("a", "b", None, 0.0)]).rows[0].said == "no figure"


@pytest.mark.parametrize("value", [0.0, 1.0, 0.5])
def test_a_single_arm_at_an_end_has_a_scale(value: float) -> None:
    at_end = arm("a", 0.5, 10.0).model_copy(update={"good": Figure(value=value), "tokens": Figure(value=0.0)})
    (spot,) = scatter_of([at_end]).spots
    assert 0 <= spot.x <= 100
    assert 0 <= spot.y <= 100


def test_it_can_be_read_without_colour_and_in_the_dark() -> None:
    """WCAG 2.2 AA: 4.5 to 1 for words on whatever they stand on."""
    light, dark = (dict(re.findall(r"--(\w+):(#\w+)", block)) for block in re.findall(r":root\{([^}]*)\}", CSS)[:2])
    for colours in (light, dark):
        for words in ("ink", "soft", "good", "bad", "accent"):
            for ground in ("paper", "faint", "user", "assistant", "side"):
                assert ratio(colours[words], colours[ground]) >= 4.5, (words, ground, colours)
    html = page(whole_report())
    for word in ("▲", "more", "▼", "fewer", "◇", "not told apart", "✓ good", "✗ not good", "? no figure"):
        assert word in html
    assert "@media print" in CSS


def ratio(one: str, other: str) -> float:
    """How far apart two colours are in lightness, as WCAG counts it."""
    low, high = sorted((lightness(one), lightness(other)))
    return (high + 0.05) / (low + 0.05)


def lightness(colour: str) -> float:
    """The relative luminance of #rgb or #rrggbb."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
