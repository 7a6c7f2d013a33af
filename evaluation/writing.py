"""How one message is written: each trait a number, or NaN if the script of the message does not show it. Pure.

No trait needs to know the language. What a trait cannot see is said where it is defined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from math import nan

import regex

from memory.words.tokens import words
from scenarios.text import folded


class Trait(StrEnum):
    """The traits, by their keys in `diversity.json`."""

    LENGTH = "words_per_message"
    """A sign of a script without spaces counts as a word."""
    SENTENCE = "words_per_sentence"
    """A sentence ends at its mark or at the end of a line; NaN in Thai, Lao, Khmer and Burmese, which have no mark or seldom use
    it."""
    QUESTION = "questions"
    """1 if the message has a question mark of any script, or か at the end of a Japanese sentence: a question without its mark is
    not seen."""
    POLITE = "polite"
    """1 if the message has a polite word or form out of a list of more than thirty languages."""
    ODD = "odd_spelling"
    """Share of the words that have a letter three times in a row, or that are rare and one slip of the finger away from a
    frequent word of the dataset. A floor: other mistakes are not seen. NaN in a script without spaces."""
    EMOJI = "emoji"
    """1 if the message has an emoji or an emoticon."""
    EXCLAMATION = "exclamations"
    """1 if the message has an exclamation mark."""
    CAPITALS = "capitals"
    """Share of the letters that are capitals; NaN in a script without them."""
    UNENDED = "no_final_mark"
    """1 if the message ends with a letter or a digit; NaN in Thai, Lao, Khmer and Burmese."""


_NO_MARKS = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_LETTER = regex.compile(r"[\p{L}\p{M}]")
_CASED = regex.compile(r"[\p{Lu}\p{Ll}]")
_CAPITAL = regex.compile(r"\p{Lu}")
_END = regex.compile(r"(?:(?<!\d)\.|\.(?!\d)|[!?…。！？｡؟۔।॥։።॥])+[\"'”’»)\]」』]*|\n+")
_ASKS = regex.compile(r"[?？؟՞፧⁇⁉]|\u037e|(?<=\p{Greek});|か(?=[.。．\s]|$)")
_EXCLAIMS = regex.compile(r"[!！‼⁉]")
_EMOJI = regex.compile(
    r"[\p{Extended_Pictographic}--[\p{N}#*©®™]]|(?<!\w)[:;=]['’]?-?[)(DPpOo/|3*](?!\w)|<3|\^_?\^|(?<=[\s\p{Cyrillic}])\)\)+|ㅠㅠ|ㅋㅋ",
    regex.V1,
)
_THRICE = regex.compile(r"(\p{L})\1\1")
_OPEN_END = regex.compile(r"[\p{L}\p{M}\p{N}]\s*$")
_POLITE_WORDS = (
    "please", "pls", "plz", "thank you", "thanks", "kindly", "sorry", "excuse me", "would you mind", "i appreciate",
    "bitte", "danke", "vielen dank", "entschuldigung", "entschuldigen sie", "verzeihung", "könnten sie", "würden sie",
    "s'il vous plaît", "s'il te plaît", "svp", "merci", "pardon", "excusez-moi", "désolé", "désolée", "pourriez-vous", "veuillez",
    "por favor", "porfa", "gracias", "perdón", "disculpe", "disculpa", "podría", "podrían", "lo siento",
    "per favore", "per piacere", "grazie", "scusi", "scusa", "mi dispiace", "potrebbe", "cortesemente",
    "obrigado", "obrigada", "desculpe", "desculpa", "por gentileza", "poderia", "se faz favor",
    "alstublieft", "alsjeblieft", "aub", "bedankt", "dank u", "dank je", "graag", "pardon", "zou u", "kunt u",
    "tack", "snälla", "ursäkta", "förlåt", "mange tak", "tusind tak", "tak for", "undskyld", "takk", "vennligst", "unnskyld", "beklager", "kiitos", "anteeksi", "ole hyvä",
    "proszę", "dziękuję", "dzięki", "przepraszam", "czy mógłby pan", "czy mogłaby pani",
    "prosím", "děkuji", "díky", "promiňte", "ďakujem", "prepáčte", "köszönöm", "kérem", "elnézést", "vă rog", "te rog", "mulțumesc", "scuze",
    "molim", "hvala", "oprostite", "izvinite", "моля", "благодаря", "извинете",
    "lütfen", "teşekkürler", "teşekkür ederim", "sağ olun", "kusura bakmayın", "pardon", "rica ederim", "tolong", "terima kasih", "maaf",
    "mohon", "xin", "cảm ơn", "làm ơn", "vui lòng", "asante", "tafadhali", "samahani",
    "пожалуйста", "спасибо", "благодарю", "извините", "простите", "будьте добры", "будь ласка", "дякую", "вибачте", "перепрошую",
    "παρακαλώ", "ευχαριστώ", "συγγνώμη",
    "من فضلك", "من فضلكم", "لو سمحت", "لو سمحتم", "شكرا", "شكرًا", "عفوا", "عفوًا", "عذرا", "عذرًا", "آسف", "آسفة", "أرجو", "يرجى",
    "لطفا", "ممنون", "متشکرم", "ببخشید", "בבקשה", "תודה", "סליחה",
    "कृपया", "धन्यवाद", "शुक्रिया", "माफ़ कीजिए", "माफ कीजिए", "प्लीज", "क्षमा करें", "অনুগ্রহ করে", "ধন্যবাদ", "দুঃখিত",
)  # fmt: skip
_POLITE_FORMS = (
    "です", "ます", "ました", "ません", "ください", "お願い", "すみません", "ありがとう", "恐れ入り", "申し訳",
    "请", "請", "谢谢", "謝謝", "您", "麻烦", "麻煩", "不好意思", "对不起", "對不起", "感谢", "感謝", "劳驾",
    "니다", "세요", "까요", "어요", "아요", "해요", "예요", "네요", "감사", "죄송", "부탁", "ครับ", "ค่ะ", "คะ", "กรุณา", "ขอบคุณ", "ขอโทษ",
)  # fmt: skip
_POLITE = regex.compile(
    r"(?<![\p{L}\p{M}])(?:"
    + "|".join(sorted(map(regex.escape, _POLITE_WORDS), key=len, reverse=True))
    + r")(?![\p{L}\p{M}])|"
    + "|".join(map(regex.escape, _POLITE_FORMS)),
    regex.IGNORECASE,
)
_RARE, _TIMES, _SHORTEST = 2, 10, 5
"""A word is rare if it is met this often at the most; a slip of one that is met so many times more often, and has so many letters
at least."""


def traits(text: str, slips: Collection[str] = frozenset()) -> dict[Trait, float]:
    """The traits of a message with a text. `slips` are the dataset's misspelled words, by `slips_of`."""
    said = folded(text).strip()
    spoken = words(said)
    letters = max(1, len(_LETTER.findall(said)))
    unmarked = 2 * len(_NO_MARKS.findall(said)) > letters
    unspaced = 2 * len(_UNSPACED.findall(said)) > letters
    cased = len(_CASED.findall(said))
    sentences = [part for part in _END.split(said) if words(part)]
    odd = sum(word in slips or _THRICE.search(word) is not None for word in spoken)
    return {
        Trait.LENGTH: len(spoken),
        Trait.SENTENCE: nan if unmarked else len(spoken) / max(1, len(sentences)),
        Trait.QUESTION: float(_ASKS.search(said) is not None),
        Trait.POLITE: float(_POLITE.search(said) is not None),
        Trait.ODD: nan if unspaced or not spoken else odd / len(spoken),
        Trait.EMOJI: float(_EMOJI.search(text) is not None),
        Trait.EXCLAMATION: float(_EXCLAIMS.search(said) is not None),
        Trait.CAPITALS: len(_CAPITAL.findall(said)) / cased if cased else nan,
        Trait.UNENDED: nan if unmarked else float(_OPEN_END.search(said) is not None),
    }


def slips_of(texts: Iterable[str]) -> frozenset[str]:
    """The rare words of all texts that are a far more frequent one with two letters swapped, one lost or one doubled, neither the
    first nor the last: inflection seldom does that."""
    counts = Counter(word for text in texts for word in words(text) if word.isalpha())
    frequent = {word for word, count in counts.items() if count >= _TIMES and len(word) >= _SHORTEST}
    short = _shortened(frequent)
    found = set()
    for word, count in counts.items():
        if count > _RARE or len(word) < _SHORTEST - 1:
            continue
        near = {*_swapped(word), *_undoubled(word), *short.get(word, ())} & frequent
        if any(counts[other] >= _TIMES * count for other in near if other != word):
            found.add(word)
    return frozenset(found)


def _shortened(frequent: Collection[str]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for word in frequent:
        for place in range(1, len(word) - 1):
            found.setdefault(word[:place] + word[place + 1 :], set()).add(word)
    return found


def _swapped(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(1, len(word) - 2))


def _undoubled(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1 :] for i in range(1, len(word) - 1) if word[i] == word[i - 1])
