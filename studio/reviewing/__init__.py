"""The review mode: what the page is given of a queue, what it may say, and how that gets into reviews.jsonl once."""
