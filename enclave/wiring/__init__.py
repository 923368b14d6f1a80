"""The one place that reads settings, the clock and randomness, and picks the real engine, store and secrets.

Nothing here is worth a unit test by itself: it puts the parts together, and decides nothing.
"""
