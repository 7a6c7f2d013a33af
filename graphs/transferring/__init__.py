"""What a dataset is worth on real data: a student that learns from it is tested beside one that learns from real samples.

Begin at `transfer.py`.
"""
