"""HTTP: turns a request into a call of one action, and its answer into text. Decides nothing.

What a researcher may see, and when, was decided below; nothing here can reach a result that is not a release.
"""
