"""Disclosure control: pure functions on tables. No SQL, no users, no clock."""
