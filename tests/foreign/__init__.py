"""Statements in the manner of engines' own test suites: each is one line out of `enclave batch`, and nothing else.

`texts/kinds` has patterns, one a line, by what they are for; `texts/places` what may fill a place in one. A brace is
written twice.
"""
