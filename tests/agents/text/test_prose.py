"""What surrounds a draw is taken off, and a mark that is plainly missing is set; meaning stays."""

from __future__ import annotations

import pytest

from agents.text.prose import ended, markup_in, tidied, tidied_field


@pytest.mark.parametrize(
    ("drawn", "line"),
    [
        ("Monday", "Monday."),
        ("Guest: it leaks", "it leaks."),
        ("**Guest:** It leaks.", "It leaks."),
        ("“It leaks.”", "It leaks."),
        ("```\nIt leaks.\n```", "It leaks."),
        ("Where is my parcel", "Where is my parcel?"),
        ("Can you help me", "Can you help me?"),
        ("How high is the tower", "How high is the tower"),
        ("Have a nice day", "Have a nice day."),
        ("Thanks 😊", "Thanks 😊"),
        ("It broke because", "It broke because"),
        ('"Yes" and "no".', '"Yes" and "no".'),
        ("Set it to 50 °C", "Set it to 50 °C."),
    ],
)
def test_a_line_is_normalised(drawn: str, line: str) -> None:
    assert tidied(drawn, "Guest") == line
    assert tidied(line, "Guest") == line


def test_what_was_cut_off_gets_no_mark() -> None:
    assert tidied("I would like to have the blue", "Guest", cut_off=True) == "I would like to have the blue"


def test_only_english_questions_are_known() -> None:
    assert tidied("Wann kommt das Paket", "Gast", "German") == "Wann kommt das Paket"
    assert ended("Wann kommt das Paket", "German") is None
    assert ended("いつ届きますか", "Japanese") is None
    assert ended("ส่งเมื่อไหร่คะ", "Thai") is True
    assert ended("届きました。", "Japanese") is True
    assert ended("وصلت، و،", "Arabic") is False


def test_a_field_keeps_its_lines() -> None:
    drawn = "Here is the answer:\n\n1. Open it.\n2.  Close it"
    assert tidied_field(drawn, "answer") == "1. Open it.\n2. Close it."
    assert tidied_field('{"a":  1}', "json") == '{"a":  1}'


def test_markup_is_let_through_where_it_is_wanted_and_where_it_was_given() -> None:
    text = "**Do** this:\n- one\n- [two](x)"
    assert markup_in(text)
    assert markup_in(text, wanted=True) == ""
    assert markup_in("Dear [NAME]", wanted=True)
    assert markup_in("The ref is [12].", given="ref [12]") == ""
