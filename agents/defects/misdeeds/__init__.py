"""Right dialogues in worlds with one known fault each: planted to measure who notices, and by which the proof is tested.

Begin at `commit.py`.
"""
