"""Efficiency maps and surrogate models of whole searches. Nothing is here yet: no shipped search needs one."""
