"""Judging searches and networks: lint, traps, domain of validity, explanations."""
