"""A line in another language is caught, and a line in the wanted one, or in no language at all, never is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from agents.text.tongue import other_language, reads
from scenarios.schema.languages import LANGUAGES, code_of

HERE = Path(__file__).parent
CHAT: dict[str, list[str]] = yaml.safe_load((HERE / "chat.yaml").read_text(encoding="utf-8"))
IN_LATIN: dict[str, list[str]] = yaml.safe_load((HERE / "latin.yaml").read_text(encoding="utf-8"))
UNSPACED = ("Japanese", "Chinese")


def long(language: str, line: str) -> bool:
    """Whether a line has six words or more; in a script without spaces, twelve signs."""
    return len(line) >= 12 if language in UNSPACED else len(line.split()) >= 6


@pytest.mark.parametrize("language", CHAT)
def test_no_line_is_taken_for_another_language(language: str) -> None:
    assert len(CHAT[language]) == 20
    assert not [(line, other) for line in CHAT[language] if (other := other_language(line, language))]


@pytest.mark.parametrize("language", CHAT)
def test_a_line_in_another_language_is_caught_and_named(language: str) -> None:
    lines = [line for line in CHAT[language] if long(language, line)]
    others = [other for other in CHAT if other != language]
    found = [other_language(line, wanted) for line in lines for wanted in others]
    assert set(found) <= {"", language}
    assert sum(map(bool, found)) >= 0.85 * len(found)


def test_nine_of_ten_lines_in_another_language_are_caught() -> None:
    found = [
        other_language(line, wanted)
        for language, lines in CHAT.items()
        for line in lines
        for wanted in CHAT
        if wanted != language and long(language, line)
    ]
    assert sum(map(bool, found)) >= 0.9 * len(found)


@pytest.mark.parametrize("language", IN_LATIN)
def test_a_language_typed_in_latin_letters_stays_that_language(language: str) -> None:
    assert not [(line, other) for line in IN_LATIN[language] if (other := other_language(line, language))]


@pytest.mark.parametrize(
    "text",
    [
        "Gracias.", "Danke schön!", "ok", "👍🏽", "", "QP-3655", "123 456 78", "https://www.beispiel.de/hilfe/konto-schliessen",
        "Anna-Maria von der Heide, Hauptstraße 12, Köln", "María Fernanda López García, Calle de Alcalá 14, Madrid",
        "Der Herr der Ringe", '"no se puede completar la operación, inténtelo de nuevo más tarde" ???',
        "„Das Paket ist leider noch nicht angekommen und niemand weiß warum“ (!)",
        "`pip install paket-nicht-gefunden && echo fertig`", "```\nfür alle gilt das nicht und so weiter\n```",
        "soporte@ejemplo.es or ventas@ejemplo.es", "CDG → FRA → LHR, LH1027 and BA903", "Bitte? Pardon?", "1. a) b) c) d) e) f)",
        "docker-compose.yml, README.md, src/main.rs",
    ],
)  # fmt: skip
def test_names_codes_quotations_and_short_lines_are_in_any_language(text: str) -> None:
    assert not [(wanted, other) for wanted in ("English", "Polish") if (other := other_language(text, wanted))]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Das Update vom Router: Download failed, dann Timeout, Reset und wieder Login Error.", "German"),
        ("Update, Reset, Download, Backup, Restore: timeout error", "German"),
        ("router firmware update download timeout error log", "Spanish"),
        ("le feedback du team sur le sprint planning du backend", "French"),
        ("kannst du das meeting im calendar canceln und den call rescheduln", "German"),
        ("deployのpipelineがtimeoutしてrollbackされました", "Japanese"),
        ("请把这个pull request merge到main branch", "Chinese"),
        ("мне нужен backup базы и restore на staging сервер", "Russian"),
    ],
)
def test_terms_of_the_trade_are_no_other_language(text: str, language: str) -> None:
    assert other_language(text, language) == ""


@pytest.mark.parametrize(
    ("wanted", "own", "other"),
    [
        ("Brazilian Portuguese", "Oi, meu pacote ainda não chegou, você pode verificar isso pra mim?", "Spanish"),
        ("Swiss German", "Grüezi, mis Päckli isch immer no nöd acho, chönnted Sie bitte luege?", "French"),
        ("British English", "I was wondering whether you might have a look at my boiler this week.", "German"),
        ("Mandarin", "我的包裹到现在还没有收到，麻烦您帮我查一下", "Japanese"),
        ("Mexican Spanish", "Oiga, fíjese que mi paquete no ha llegado y ya me urge bastante.", "Italian"),
        ("Serbian", "Moj paket još nije stigao, da li možete da proverite šta se desilo?", "English"),
        ("Egyptian Arabic", "الطرد لسه ما وصلش ومش عارف أعمل إيه دلوقتي", "Spanish"),
    ],
)
def test_varieties_and_other_names_of_languages(wanted: str, own: str, other: str) -> None:
    assert reads(wanted)
    assert other_language(own, wanted) == ""
    said = max(CHAT[other], key=lambda line: len(re.findall(r"\w+", line)))
    assert other_language(said, wanted) == other


def test_every_known_language_can_be_read_and_no_other() -> None:
    assert all(map(reads, LANGUAGES))
    assert not reads("Klingon")
    assert other_language("This is English beyond any doubt, and everybody can see it.", "Klingon") == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hier ist der Entwurf:\n\n> Dear Sir or Madam, I would like to cancel my contract as of today.\n\nPasst das so?", "German"),
        ("Hier kommt der Entwurf, den Sie wollten:\n\nDear Sir or Madam,\nI would like to cancel my contract as of the end of "
         "the month, and I would be glad if you could confirm it.\nKind regards", "German"),
        ("はい、次のように書いてください。\n\nI would like to book a table for two, please, and a chair for my son.", "Japanese"),
        ('The idiom "tomber dans les pommes" means to faint; literally it is to fall into the apples.', "English"),
        ("In Spanish you would say: me gustaría reservar una mesa para dos personas.", "English"),
        ("يمكنك الضغط على Settings ثم Privacy and security ثم Clear browsing data وبعدها أعد تشغيل Chrome.", "Arabic"),
        ("हाँ जी, Google Pay खोलिए, फिर Bank transfer चुनिए, उसके बाद UPI PIN डालिए।", "Hindi"),
    ],
)  # fmt: skip
def test_a_text_that_shows_another_language_is_in_its_own(text: str, language: str) -> None:
    assert other_language(text, language) == ""


def test_a_text_of_several_lines_in_another_language_is_caught() -> None:
    text = (
        "Of course!\n1. Open the app on your phone.\n2. Tap on the button at the top.\nLet me know if that helps you."
    )
    assert other_language(text, "German") == "English"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("Norwegian", "Hei, pakken min har ikke kommet ennå, kan dere sjekke hvor den er?"),
        ("Ukrainian", "Добрий день, посилка досі не прийшла, перевірте, будь ласка, де вона зараз."),
        ("Catalan", "Bon dia, encara no he rebut el paquet, em podria dir on és?"),
        ("Slovak", "Dobrý deň, môj balík ešte neprišiel, môžete mi povedať, kde je?"),
        ("Malay", "Selamat pagi, bungkusan saya masih belum sampai, boleh tolong semak?"),
        ("Urdu", "السلام علیکم، میرا پارسل ابھی تک نہیں پہنچا، ذرا دیکھ کر بتائیں گے؟"),
        ("Persian", "سلام، بستهٔ من هنوز نرسیده، می‌شود بررسی کنید کجاست؟"),
        ("Marathi", "नमस्कार, माझे पार्सल अजून आले नाही, कृपया तपासून सांगाल का?"),
        ("Nepali", "नमस्ते, मेरो पार्सल अझै आएको छैन, कृपया हेरिदिनुहोस् न।"),
    ],
)
def test_languages_beside_greater_ones_are_not_taken_for_these(language: str, text: str) -> None:
    assert other_language(text, language) == ""
    assert other_language(text, "Turkish") == language or language == "Norwegian"


def test_codes_of_names() -> None:
    assert (code_of("German"), code_of("Swiss German"), code_of("Mandarin"), code_of("Klingon")) == (
        "de",
        "de",
        "zh",
        "",
    )


@pytest.mark.parametrize(
    "text", ["a" * 50_000, "word " * 10_000, '"' * 20_000, "[" * 20_000, "a-" * 20_000, "{{" * 20_000, ", " * 20_000]
)
def test_a_hostile_text_is_read_to_its_end(text: str) -> None:
    other_language(text, "English")


CARELESS: dict[str, list[str]] = yaml.safe_load((HERE / "careless.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", CARELESS)
def test_careless_lines_dialects_and_foreign_words_stay_in_their_language(language: str) -> None:
    assert not [(line, other) for line in CARELESS[language] if (other := other_language(line, language))]
