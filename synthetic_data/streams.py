"""Random numbers by name, so that nothing a neighbour draws can change yours.

Every part of the generator asks for its own stream: `streams.of("ks2_pupil")`. A stream depends on the seed
and on its name alone; a table that joins later, or one that draws more, changes no other table's bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Streams:
    """The source of all chance in one run."""

    seed: int
    block: int = 0  # of the run: each has streams of its own, the first those of the run

    def of(self, *name: str | int) -> np.random.Generator:
        """The stream with this name, from its beginning: asked twice, it gives the same numbers twice."""
        within = ("block", self.block, *name) if self.block else name
        spelled = "/".join(str(part) for part in within)
        entropy = np.random.SeedSequence([self.seed, *spelled.encode()])
        return np.random.Generator(np.random.PCG64(entropy))
