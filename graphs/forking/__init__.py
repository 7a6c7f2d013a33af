"""Branches of a sample: the same conversation up to one message, and other ways on from there. Begin at `job.py`."""
