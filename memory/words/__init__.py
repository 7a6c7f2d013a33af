"""What samples have in common word by word: tokens, shingles, overlap, copies.

Begin at `tokens.py`, then `overlap.py`; `wording.py` says which text of a sample counts.
"""
