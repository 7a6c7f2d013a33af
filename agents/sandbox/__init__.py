"""Where Python that a model wrote runs, and nowhere else.

Begin at `sandbox.py`; `counting.py` adds the step counter that ends endless programs.
"""
