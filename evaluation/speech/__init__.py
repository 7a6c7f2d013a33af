"""How samples are written and conversations go: sides of logs, shapes of samples, and how unlike two sets are."""
