"""How likely a model finds a text that is already there: its tokens' exact log-probabilities, with and without a question.

Begin at `asking.py`; `wire.py` sends, `reading.py` reads.
"""
