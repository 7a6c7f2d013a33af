"""What a user brings: policies, documents, tools, personas, seeds and logs, read from files into frozen values.

Nothing here reaches a network, runs what a file says, or follows a name to another file.
"""
