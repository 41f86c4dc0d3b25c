"""The chain of components: what is reused, what is made, gate, push, and the record of a run."""
