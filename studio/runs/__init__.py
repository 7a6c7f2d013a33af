"""What the page shows, read from run directories as frozen values: which runs there are, a run's samples kept in step with its
journal, one sample whole, and the figures, maps and drawings of a run. Nothing here writes."""
