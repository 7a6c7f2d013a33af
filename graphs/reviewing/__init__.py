"""Reviews: what people say of samples, the queues that they work through, and what follows from their words."""
