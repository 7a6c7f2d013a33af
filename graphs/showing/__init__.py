"""What a scenario is with all its defaults: printed with where each part came from, or written out as a folder.

Begin at `document.py`, which has the whole scenario as its file would say it. `origins.py` says where a part came from,
`pages.py` prints it, `folder.py` writes it, and `yaml_text.py` is how data becomes YAML that is read back as the same.
"""
