"""The page of `graphs.evaluate`."""
