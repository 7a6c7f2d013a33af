"""What an experiment's arms show: paired differences with intervals, power, costs, and which arms are on the frontier. Pure.

Begin at `paired.py`.
"""
