"""What of a model's text is speech: without private reasoning, marks of chat templates, turns of others, and tool calls.

Servers keep these apart if they know the model's notation, and hand them out as text if they do not. Pure.
"""
