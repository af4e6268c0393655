"""Searches that come with recastbook, one folder each."""
