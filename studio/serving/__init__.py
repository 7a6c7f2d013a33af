"""The server on loopback: who may ask, what is answered, and the files of the page."""
