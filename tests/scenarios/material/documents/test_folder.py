"""A folder of documents as excerpts: every format, a fixed order, and each fault in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

from scenarios.errors import ScenarioError
from scenarios.material.documents.excerpt import Excerpt
from scenarios.material.documents.folder import read_documents

HTML = """<html><head><title>Fees</title><style>b{}</style><script>evil()</script></head><body><nav>Home</nav>
<h1>Fees &amp; costs</h1><p>A transfer costs <b>2&nbsp;&euro;</b>.</p><ul><li>one<ul><li>inner</li></ul></li><li>two</li></ul>
<table><tr><th>Kind</th><th>Fee</th></tr><tr><td>card</td><td>5</td></tr></table>loose<!-- hidden --></body></html>"""
MARKDOWN = (
    "---\ntitle: x\n---\n# Refunds\n\n## Deadlines\n\nWithin **14** days, see [the list](https://example.org/x).\n\n"
    "1. ask\n2. wait\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode  here\n```\n\n<script>evil()</script>\n"
)


def put(folder: Path, **files: str | bytes) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def pdf(*pages: str) -> bytes:
    made = FPDF()
    made.set_font("helvetica")
    for text in pages:
        made.add_page()
        if text:
            made.multi_cell(0, text=text)
    return bytes(made.output())


def encrypted() -> bytes:
    import io

    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("secret")))), io.BytesIO()
    writer.encrypt("key", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def test_every_format_is_read_in_the_order_of_paths(tmp_path: Path) -> None:
    put(
        tmp_path,
        refunds__md=MARKDOWN,
        fees__html=HTML,
        guide__pdf=pdf("Open an account.", "Close it."),
        a__txt="Plain\ntext.",
    )
    put(tmp_path, logo__png=b"\x89PNG", __hidden__md="no")
    found = read_documents(tmp_path)
    assert [(one.id, one.title) for one in found] == [
        ("a-1", "a"), ("fees-1", "Fees & costs"), ("guide-1", "p. 1"), ("guide-2", "p. 2"), ("refunds-1", "Refunds › Deadlines"),
    ]  # fmt: skip
    text = {one.id: one.text for one in found}
    assert text["a-1"] == "Plain text."
    assert text["fees-1"] == ("A transfer costs 2 €.\n\n- one\n  - inner\n- two\n\nKind | Fee\ncard | 5\n\nloose")
    assert text["refunds-1"] == "Within 14 days, see the list.\n\n1. ask\n2. wait\n\na | b\n1 | 2\n\ncode  here"
    assert text["guide-2"] == "Close it."
    assert found == read_documents(tmp_path)


def test_one_document_and_any_script(tmp_path: Path) -> None:
    put(tmp_path, 返金__md="# 期限\n\n返金は十四日以内です。\n", استرداد__txt="ادفع الآن.")
    assert read_documents(tmp_path / "返金.md") == (
        Excerpt(id="返金-1", title="期限", text="返金は十四日以内です。", document="返金.md"),
    )
    assert {one.id for one in read_documents(tmp_path)} == {"返金-1", "استرداد-1"}


def test_documents_of_one_name_have_ids_of_their_own(tmp_path: Path) -> None:
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        put(tmp_path / place, fees__md="x", fees__txt="y")
    put(tmp_path, **{"a-fees__md": "z"})
    ids = [one.id for one in read_documents(tmp_path)]
    assert len(set(ids)) == len(ids) == 5
    assert "a-fees-1" in ids


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.pdf", b"%PDF-1.7 nothing", "is a broken PDF"),
        ("a.pdf", pdf("x" * 50)[:400], "is a broken PDF"),
        ("a.pdf", encrypted(), "is an encrypted PDF; save it without a password"),
        ("a.pdf", pdf(""), "pictures without text; run it through text recognition"),
        ("a.txt", b"caf\xe9", "is not UTF-8 (byte 0xE9); save the file as UTF-8"),
        ("a.md", b"a\0b", "holds a NUL byte"),
        ("a.md", b" \n", "holds no text"),
        ("a.docx", b"PK", "'.docx' files are not read; save it as .md"),
        ("NOTES", b"x", "a file without a suffix is not read"),
        ("a.html", b"<div>" * 3000 + b"x", "nested more than"),
        ("a.md", b">" * 5000 + b" x", "nested"),
        ("a.md", b"".join(b"  " * n + b"- x\n" for n in range(400)), "nested"),
        ("a.txt", b"x" * (4 * 1024 * 1024 + 1), "larger than"),
    ],
)  # fmt: skip
def test_a_document_that_cannot_be_read_is_told_in_one_line(tmp_path: Path, name: str, data: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ScenarioError) as caught:
        read_documents(tmp_path)
    assert told in str(caught.value)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_nested_is_not_lost(tmp_path: Path) -> None:
    put(tmp_path, a__md="".join("  " * n + f"- w{n}\n" for n in range(40)) + "\n" + ">" * 40 + " quoted")
    text = read_documents(tmp_path)[0].text
    assert all(f"w{n}" in text for n in range(40))
    assert text.endswith("quoted")


def test_an_empty_folder_and_a_missing_one_are_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="has no document; put Markdown"):
        read_documents(tmp_path)
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_documents(tmp_path / "none.md")


def test_a_link_that_leaves_the_folder_is_refused_and_one_inside_is_read_once(tmp_path: Path) -> None:
    home = tmp_path / "help"
    home.mkdir()
    put(home, a__md="inside")
    (home / "b.md").symlink_to(home / "a.md")
    (home / "loop").symlink_to(home)
    assert [one.id for one in read_documents(home)] == ["a-1"]
    put(tmp_path, secret__md="outside")
    (home / "c.md").symlink_to(tmp_path / "secret.md")
    with pytest.raises(ScenarioError, match="a link that leaves the folder"):
        read_documents(home)
