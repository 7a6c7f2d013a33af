"""Free conversations: the scene that a writer sets, its speakers message by message or the whole in one answer, and repair.

Begin at `making.py`. What each of them is shown is in `agents/parts.py`.
"""
