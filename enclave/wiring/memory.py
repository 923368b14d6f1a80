"""How Python looks for what can be thrown away, in a process that answers questions for long."""

import atexit
import gc

ALLOCATIONS = 20_000
"""Between two looks at what is newest: a plan makes thousands of small objects, nearly all of which live on nowhere."""
GENERATIONS = (20, 50)


def settle() -> None:
    """What a service holds once it has started (policies, catalogue, code) stays: it is not looked through again.

    To be called once, by a process of its own.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, *GENERATIONS)
    atexit.register(gc.unfreeze)  # at the end all of it goes, in its order
