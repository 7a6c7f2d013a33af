"""Students: small convex models on frozen vectors, which learn from a dataset what its samples say of themselves.

Begin at `student.py`; `softmax.py` holds the mathematics.
"""
