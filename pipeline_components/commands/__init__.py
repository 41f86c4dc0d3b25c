"""The verbs of the `digits` command, each loaded when it is called."""
