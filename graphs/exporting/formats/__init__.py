"""One file for each target: how its rows look, and how its own reader reads them back."""
