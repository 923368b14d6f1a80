"""Checks of policy files that need several rooms at once: who is on a project, and which fields it may have."""
