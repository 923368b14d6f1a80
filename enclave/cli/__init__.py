"""The `enclave` command: turns arguments into a call of one action, and its answer into text. It decides nothing.

Heavy rooms are imported inside the commands, so that `--help` and a mistyped option answer at once.
"""
