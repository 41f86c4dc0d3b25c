"""Artifacts: published whole or not at all, found again by recipe, verified byte for byte. Knows nothing of digits."""
