"""The ledger: what was shown before, and which new number would tell more than itself beside it. Pure functions."""
