"""Text primitives for every check and proof: words, phrases, numbers, values, sentences, synonyms. Pure functions.

Begin at `phrases.py`; `scripts.py` has what holds in any language.
"""
