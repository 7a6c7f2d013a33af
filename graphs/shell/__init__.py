"""What every command shares: words in, help, one-line errors, exit codes, the process with its event loop and signals.

Begin at `command.py`.
"""
