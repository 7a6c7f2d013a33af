"""What verdicts of people and judges let one claim: how many are flawed, how far raters agree, who wins. Pure.

Begin at `audit.py`.
"""
