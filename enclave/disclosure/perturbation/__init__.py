"""Numbers that are changed before they are shown: rounded, or by the noise of cell keys. Pure functions on tables."""
