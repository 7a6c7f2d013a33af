"""An experiment shown: in lines (`telling.py`), in plain words (`wording.py`), as plots (`plots.py`), side by side (`beside.py`), and as one page (`page.py`)."""
