"""What to make: scenarios, their schema and the records' types."""
