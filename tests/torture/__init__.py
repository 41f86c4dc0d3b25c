"""What the store promises, put to the test: `python -m tests.torture` prints a table of figures."""
