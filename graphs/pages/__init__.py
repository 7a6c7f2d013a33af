"""What every page shares: `page.py` renders one, `page.css` is the style, `base.html.jinja` the frame, `parts.html.jinja` the pieces, `plots.py` the geometry, `wording.py` figures in words."""
