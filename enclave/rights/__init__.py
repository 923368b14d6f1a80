"""The rights of the people whom the data are about: their requests as cases with a clock, and the copy of a record.

Nothing here reads or writes. A case moves by `move` alone, and what a copy holds is made from rows by `make_copy`.
"""
