"""A released table as a picture: the same release copy as the table beside it, and nothing more.

The geometry is made here and drawn by a template, so that every text is escaped there. What is hidden, nobody or not
applicable is a gap: it has no bar, no point, and a line breaks at it.
"""
