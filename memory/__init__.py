"""What is remembered: the journal, the Chroma archive, embeddings and novelty."""
