"""Measurements. Each prints a small table; nothing here is a test, and nothing asserts a time."""
