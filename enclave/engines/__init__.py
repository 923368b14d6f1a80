"""Engines: run generated SQL within limits and hand back a `Raw`, or one code for what stopped them.

Policy and hand-written SQL stay out of this room. Keep this file free of imports: worker processes import
the room's modules, and must hold nothing of the rest of the product.
"""
