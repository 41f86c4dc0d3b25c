"""What an example is, on disk and in memory, and which datasets can be had."""
