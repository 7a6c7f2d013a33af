"""Languages: what guards, prompts and dry runs have to know of each. A name that is not here is a language all the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache

LANGUAGE = "language"
"""The axis that a list of languages adds to its scenario, and the name by which prompts use the language of a brief."""
ENGLISH = "English"


@dataclass(frozen=True)
class Language:
    """One language."""

    name: str
    code: str = ""
    """By ISO 639-1."""
    scripts: tuple[str, ...] = ()
    """Unicode's names of the scripts that it is written in; empty if nobody knows."""
    stop: str = ""
    """The mark that ends a plain sentence; empty if it has none, or if nobody knows."""
    common: frozenset[str] = field(default=frozenset(), repr=False)
    """Some of its most frequent words: a text that has many of them is in this language."""

    @property
    def known(self) -> bool:
        """Whether it is one of those below."""
        return bool(self.scripts)


_LATIN, _CYRILLIC, _ARABIC = ("Latin",), ("Cyrillic",), ("Arabic",)
_TABLE: tuple[tuple[str, str, tuple[str, ...], str, str], ...] = (
    ("English", "en", _LATIN, ".", "the and you your with this that have what would my it's i'm are please been there they from which when "
     "where how could should does thank thanks hello was not for is to of it we can i a an as at be but by do if in no on or so me all "
     "any one up out about us am has had he she his her its just only than then some will here did more your our"),
    ("German", "de", _LATIN, ".", "der die das und ist nicht ich sie mit für auf den dem ein eine einen es wir bitte danke haben habe wird "
     "werden noch auch mir uns ihre ihren wie von zu im bei sich"),
    ("French", "fr", _LATIN, ".", "le la les et est pas je vous nous avec pour dans un une des du de que qui mon votre ma ce cette merci "
     "bonjour sur il elle au plus j'ai c'est bien"),
    ("Spanish", "es", _LATIN, ".", "el la los las y es no con para por un una que mi su de en se lo gracias hola está pero como más muy tengo "
     "usted del al"),
    ("Italian", "it", _LATIN, ".", "il lo la gli le e è non con per un una che mi di del della sono ho grazie buongiorno ma come più nel alla "
     "questo ci si"),
    ("Portuguese", "pt", _LATIN, ".", "o a os as e é não com para por um uma que meu minha seu sua de do da em no na obrigado obrigada mas como "
     "mais está você"),
    ("Dutch", "nl", _LATIN, ".", "de het een en is niet ik u je met voor op van dat die mijn uw we wij maar ook nog wel bedankt graag heeft heb "
     "wordt naar bij"),
    ("Swedish", "sv", _LATIN, ".", "och det är inte jag du med för på en ett som min din vi har den tack men också från till av kan"),
    ("Danish", "da", _LATIN, ".", "og det er ikke jeg du med for på en et som min din vi har den tak men også fra til af kan"),
    ("Norwegian", "no", _LATIN, ".", "og det er ikke jeg du med for på en et som min din vi har den takk men også fra til av kan"),
    ("Finnish", "fi", _LATIN, ".", "ja on ei se että minä sinä hän me te mutta kun niin myös jos kiitos hei olen voi ole tämä"),
    ("Polish", "pl", _LATIN, ".", "i w na nie jest się z do to że jak ale mój moja pan pani dziękuję dzień dobry czy po za mam proszę"),
    ("Czech", "cs", _LATIN, ".", "a je v na se že to s z do ale jak můj moje prosím děkuji dobrý den jsem mám"),
    ("Slovak", "sk", _LATIN, ".", "a je v na sa že to s z do ale ako môj moje prosím ďakujem dobrý deň som mám"),
    ("Hungarian", "hu", _LATIN, ".", "a az és nem is hogy egy van de ez köszönöm kérem jó napot vagyok mert meg"),
    ("Romanian", "ro", _LATIN, ".", "și este nu cu pentru un o că la de în pe mai mulțumesc bună am dar care"),
    ("Croatian", "hr", _LATIN, ".", "i je u na se da ne za s ali kako moj moja hvala molim dobar dan sam"),
    ("Slovenian", "sl", _LATIN, ".", "in je v na se da ne za s ali kako moj moja hvala prosim dober dan sem"),
    ("Lithuanian", "lt", _LATIN, ".", "ir yra ne su kad į iš bet kaip mano ačiū prašau"),
    ("Latvian", "lv", _LATIN, ".", "un ir nav ar ka uz no bet kā mans paldies lūdzu"),
    ("Estonian", "et", _LATIN, ".", "ja on ei see et ma sa aga kui ka aitäh palun tere"),
    ("Icelandic", "is", _LATIN, ".", "og er ekki ég þú með á í það sem en takk"),
    ("Turkish", "tr", _LATIN, ".", "ve bir bu için ile ben sen siz değil mi çok ama daha teşekkürler merhaba lütfen var yok"),
    ("Vietnamese", "vi", _LATIN, ".", "và là không tôi bạn của có được cho với này đã cảm ơn xin chào một"),
    ("Indonesian", "id", _LATIN, ".", "dan yang di tidak saya anda dengan untuk ini itu ada ke dari terima kasih sudah akan"),
    ("Malay", "ms", _LATIN, ".", "dan yang di tidak saya anda dengan untuk ini itu ada ke dari terima kasih sudah akan"),
    ("Swahili", "sw", _LATIN, ".", "na ya wa ni kwa hii yangu asante tafadhali habari lakini sana"),
    ("Catalan", "ca", _LATIN, ".", "el la els les i és no amb per un una que de del meu meva gràcies hola però"),
    ("Russian", "ru", _CYRILLIC, ".", "и в не на я что с это как по но мы вы мой спасибо здравствуйте пожалуйста у меня"),
    ("Ukrainian", "uk", _CYRILLIC, ".", "і в не на я що з це як але ми ви мій дякую будь ласка у мене"),
    ("Bulgarian", "bg", _CYRILLIC, ".", "и в не на аз че с това как но ние вие моят благодаря моля"),
    ("Serbian", "sr", ("Cyrillic", "Latin"), ".", "и је у на се да не за али како хвала молим i je u na se da ne hvala molim"),
    ("Greek", "el", ("Greek",), ".", "και το η ο δεν είναι με για που μου σας ευχαριστώ γεια αλλά"),
    ("Armenian", "hy", ("Armenian",), "։", "եւ է ես չի որ իմ շնորհակալություն"),
    ("Georgian", "ka", ("Georgian",), ".", "და არის არ მე რომ ჩემი მადლობა"),
    ("Arabic", "ar", _ARABIC, ".", "في من على إلى هذا هذه أن لا ما هل مع شكرا لقد نعم"),
    ("Persian", "fa", _ARABIC, ".", "و در به از که این را با است من شما ممنون بله"),
    ("Urdu", "ur", _ARABIC, "۔", "اور کے کی میں ہے سے کو یہ آپ شکریہ جی"),
    ("Hebrew", "he", ("Hebrew",), ".", "את של על לא זה אני הוא עם כי גם תודה שלום כן"),
    ("Hindi", "hi", ("Devanagari",), "।", "और है में के की को से यह मैं आप नहीं धन्यवाद कृपया"),
    ("Marathi", "mr", ("Devanagari",), "।", "आणि आहे मी तुम्ही नाही हे माझा धन्यवाद कृपया"),
    ("Nepali", "ne", ("Devanagari",), "।", "र छ म तपाईं छैन यो मेरो धन्यवाद कृपया"),
    ("Bengali", "bn", ("Bengali",), "।", "এবং আমি আপনি না এই আমার ধন্যবাদ"),
    ("Punjabi", "pa", ("Gurmukhi",), "।", "ਅਤੇ ਹੈ ਮੈਂ ਤੁਸੀਂ ਨਹੀਂ ਧੰਨਵਾਦ"),
    ("Gujarati", "gu", ("Gujarati",), ".", "અને છે હું તમે નથી આભાર"),
    ("Tamil", "ta", ("Tamil",), ".", "மற்றும் நான் நீங்கள் இல்லை இது நன்றி"),
    ("Telugu", "te", ("Telugu",), ".", "మరియు నేను మీరు కాదు ఇది ధన్యవాదాలు"),
    ("Kannada", "kn", ("Kannada",), ".", "ಮತ್ತು ನಾನು ನೀವು ಇಲ್ಲ ಇದು ಧನ್ಯವಾದ"),
    ("Malayalam", "ml", ("Malayalam",), ".", "ഞാൻ നിങ്ങൾ ഇല്ല ഇത് നന്ദി"),
    ("Amharic", "am", ("Ethiopic",), "።", "እና ነው እኔ አይደለም አመሰግናለሁ"),
    ("Chinese", "zh", ("Han",), "。", "的 是 我 不 了 在 您 请 谢谢 这 有"),
    ("Japanese", "ja", ("Hiragana", "Katakana", "Han"), "。", "です ます は が を に の で と ました ありがとうございます お願いします"),
    ("Korean", "ko", ("Hangul", "Han"), ".", "네 이 그 저는 제가 감사합니다 안녕하세요 있습니다 합니다"),
    ("Thai", "th", ("Thai",), "", "ที่ และ เป็น ไม่ ของ ค่ะ ครับ ขอบคุณ มี ได้"),
    ("Lao", "lo", ("Lao",), "", "ແລະ ແມ່ນ ບໍ່ ຂອງ ຂອບໃຈ"),
    ("Khmer", "km", ("Khmer",), "។", "និង គឺ មិន របស់ អរគុណ"),
    ("Burmese", "my", ("Myanmar",), "။", "နှင့် သည် မ ၏ ကျေးဇူးတင်ပါတယ်"),
)  # fmt: skip
LANGUAGES: dict[str, Language] = {
    name: Language(name, code, scripts, stop, frozenset(common.split())) for name, code, scripts, stop, common in _TABLE
}
"""The languages that are known, by name."""
_BY_CODE = {language.code: language for language in LANGUAGES.values()}
_NO_NAMES = frozenset({"true", "false", "yes", "on", "off", "none", "null"})
_ALSO = {"mandarin": "Chinese", "cantonese": "Chinese", "farsi": "Persian", "bangla": "Bengali", "castilian": "Spanish"}


@lru_cache(maxsize=1024)
def language_of(name: str) -> Language:
    """The language of a name: 'German', and of 'Swiss German' what is known of German. Of a name that nobody knows only the
    name is known."""
    found = _named_in(name)
    if found is None:
        return Language(name)
    return found if found.name == name else Language(name, "", found.scripts, found.stop, found.common)


def code_of(name: str) -> str:
    """The code of a language by ISO 639-1, and of 'Swiss German' that of German; empty of a name that nobody knows."""
    found = _named_in(name)
    return found.code if found else ""


@lru_cache(maxsize=1024)
def _named_in(name: str) -> Language | None:
    """The known language that a name holds, the last if there are several."""
    words = [_ALSO.get(word, word) for word in name.casefold().replace("(", " ").replace(")", " ").split()]
    known = {language.name.casefold(): language for language in LANGUAGES.values()}
    return next((known[word.casefold()] for word in reversed(words) if word.casefold() in known), None)


def named_language(given: object) -> str:
    """The name of a language as a scenario gives it, by name or by its code. Raises ValueError."""
    name = " ".join(given.split()) if isinstance(given, str) else ""
    if not any(sign.isalpha() for sign in name) or not name.isprintable() or name.casefold() in _NO_NAMES:
        raise ValueError("'language' is the name of a language, such as German, or a list of names")
    if name.casefold() in _BY_CODE:
        return _BY_CODE[name.casefold()].name
    if language_of(name).known:
        return next((one for one in LANGUAGES if one.casefold() == name.casefold()), name)
    if close := get_close_matches(name.title(), LANGUAGES, n=1, cutoff=0.8):
        raise ValueError(f"'language': '{name}' is unknown; did you mean '{close[0]}'?")
    return name


class LanguageName(str):
    """The name of a language as templates use it: `{{ language }}`, and as of any other axis `{{ language.name }}`."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name."""
        return str(self)
