"""What holds calls back: how many are in flight, the rate, an endpoint that is away, and the budget.

Begin at `in_flight.py`; `ledger.py` is the budget.
"""
