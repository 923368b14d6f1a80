"""The addresses, one module for each kind of thing. A route calls one action and answers with what it gives."""
