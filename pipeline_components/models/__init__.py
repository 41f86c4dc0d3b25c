"""Networks by name; they know nothing of files."""
