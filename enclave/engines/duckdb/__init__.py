"""DuckDB in a pool of hardened worker processes.

`engine` is the door. The gateway's side is `pool`, `process` and `channel`; the worker's side is `worker`,
`session`, `reading` and `sandbox`; `spec` and `wire` are shared. Keep this file free of imports, as the
worker imports the package.
"""
