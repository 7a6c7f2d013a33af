"""How a model is reached: calls, the gateway, the wire and the backends."""
