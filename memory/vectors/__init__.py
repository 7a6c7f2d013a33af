"""Where a sample lies and how near the others are: embeddings and exact distances.

Begin at `embedding.py`, then `novelty.py`.
"""
