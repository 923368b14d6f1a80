"""Who is calling: access tokens, the keys they are checked with, and the development issuer.

Who may do what is policy. A token says who somebody is, and can only take away from what policy gives them.
"""
