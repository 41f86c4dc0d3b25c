"""Handwritten digit recognition as a pipeline of pure components: each a function of folders and a config."""
