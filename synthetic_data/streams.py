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

    def of(self, *name: str | int) -> np.random.Generator:
        """The stream with this name, from its beginning: asked twice, it gives the same numbers twice."""
        spelled = "/".join(str(part) for part in name)
        entropy = np.random.SeedSequence([self.seed, *spelled.encode()])
        return np.random.Generator(np.random.PCG64(entropy))
