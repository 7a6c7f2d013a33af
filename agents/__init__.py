"""Who speaks: roles, prompts, conversations, guards, checks, and how a model is reached."""
