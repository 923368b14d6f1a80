"""Other programs that protect results, on the same rows, each in a virtual environment of its own."""
