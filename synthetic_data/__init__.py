"""Synthetic source data in the shape of the catalogue, for the demo and for tests. No row is about anybody.

`generate.generate` writes the files; the same seed gives the same bytes. The work falls into three: `world` makes
places, schools, people and their years; `tables` turns the world into rows, a module a table; the rest writes them
down. Nothing here reads real values beyond the published shares in `calibration.csv`.
"""
