"""What stops disclosure control when the other side breaks the contract of a leaf."""


class BrokenPromise(AssertionError):
    """The planner or an engine did not keep the contract in `asked`: nothing is released.

    The message names columns and rules, never a value: it may reach a log. Raised by hand rather than with `assert`,
    which `python -O` would take out.
    """
