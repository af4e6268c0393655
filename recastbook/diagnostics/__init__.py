"""Judging searches and networks: lint, traps, domain of validity, explanations. Nothing is here yet."""
