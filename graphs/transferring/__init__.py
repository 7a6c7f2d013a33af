"""What a dataset is worth on real data: a student that learns from it is tested beside one that learns from real samples.

Begin at `transfer.py` for students of labels, at `answers.py` for students of answers. What both share is in `parting.py` (parts and
leaks of real rows), `options.py` and `scoring.py`.
"""
