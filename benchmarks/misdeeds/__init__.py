"""Right dialogues with one known fault each, by which the proof is tested and measured. Begin at `commit.py`."""
