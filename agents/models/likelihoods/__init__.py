"""How likely a model finds a text that is already there: its tokens' exact log-probabilities, with and without a question.

Begin at `asking.py`; `wire.py` asks an endpoint and `reading.py` reads its answer, `local.py` computes in this process with the weights
that `weights.py` loads.
"""
