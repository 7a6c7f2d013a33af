"""The tools of a run: what is there to be called, what a run directory keeps of it, and what its journal vouches for."""
