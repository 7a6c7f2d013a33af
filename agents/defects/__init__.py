"""Known faults in sound samples, by which it is measured who notices: pure functions of a sample and a seed.

Begin at `kinds.py`, the kinds and their strengths, and `planting.py`, which plants them. `misdeeds/` holds those of dialogues in
worlds, by which the proof is tested, too; `padding.py` makes a sample longer and no worse.
"""
