"""How good it is: what a dataset is worth, measured from its samples alone."""
