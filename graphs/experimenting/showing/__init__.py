"""An experiment shown: in lines (`telling.py`), in plain words (`wording.py`), as plots (`plots.py`), and as one page (`page.py`)."""
