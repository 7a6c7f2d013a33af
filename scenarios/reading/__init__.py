"""How files of the user's are read: bytes into text, text into YAML or JSON. Every command reads by way of this package.

Begin at `files.py`. Nothing here types a value: a scalar stays as it is spelled, until a model says what it has to be.
"""
