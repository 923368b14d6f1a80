"""A slow, obvious second opinion on what may leave, in plain Python dicts and lists.

Written apart from the product's own planner, and importing none of it: a mistake that both share would have to be
made twice. `world` makes people, `sql` makes questions, `judge` answers them and says which numbers may be shown.
"""
