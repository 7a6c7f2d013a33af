"""Several candidates of one brief, and how one of them is kept.

Begin at `step.py`; `ranking.py` is what can be derived again.
"""
