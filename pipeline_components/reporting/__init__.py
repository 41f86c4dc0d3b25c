"""The report's parts: what is read, how it is said, drawn and laid out."""
