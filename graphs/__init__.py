"""How work flows: the sample graph, the campaign graph, topologies, and the commands."""
