"""What the roles of a run are worth beside what they cost: measured with planted defects.

Begin at `worth.py`, what is found out of a role, and `calibration.py`, the way to it. The command is `graphs/calibrate.py`.
"""
