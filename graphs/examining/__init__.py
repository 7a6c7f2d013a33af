"""Small questions that find out what an endpoint can do: `questions.py` asks, `findings.py` says what came out."""
