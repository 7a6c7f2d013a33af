"""What a user brings to a scenario: documents, personas, tools. Read, bounded and checked here; nothing in it is run."""
