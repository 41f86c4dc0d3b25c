"""Statistics that know nothing of the rest, each with its source."""
