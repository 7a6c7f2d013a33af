"""Students: small convex models on frozen vectors, which learn from a dataset what its samples say of themselves, and a causal model
that learns its answers.

Begin at `student.py`; `softmax.py` holds the mathematics. `lora.py` stands by itself.
"""
