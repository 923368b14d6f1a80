"""The world of one run: everything that more than one table draws on, made once and then only read.

Places, schools, people, their years and their terms, in the order in which they depend on one another. A table
is a function of the world and of its own stream of chance.
"""

from synthetic_data.world.world import World, build

__all__ = ["World", "build"]
