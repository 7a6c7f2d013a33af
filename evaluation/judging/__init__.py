"""What a judgement is worth, as statistics of ratings and verdicts: pure functions without a model.

Begin at `shares.py` (a share with its interval), then `ranking.py` (the AUC), `shifts.py` (biases) and `thresholds.py`.
"""
