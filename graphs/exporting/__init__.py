"""What trainers read, made of a dataset: read, shaped, split, written in a target's own form, and read back.

`sample.py` is what is exported, `reading.py` where it comes from, `formats/` one file for each target.
"""
