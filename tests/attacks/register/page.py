"""Writes docs/reference/attacks.md from the register: `python -m tests.attacks.register.page`."""

from pathlib import Path

from tests.attacks.register.table import CONTROL, AttackClass, by_class, classes

PAGE = Path(__file__).parents[3] / "docs/reference/attacks.md"
_HEAD = """# Attacks that are kept as tests

What we know of how somebody might learn a value, get further than they may, or change what was recorded: each class
with where it is from and why it fails here. The tests stand in the files that are named, below `tests`, and run with
every `make test`. A test's name says what happens; most have many forms.
[Sessions of questions](../explanation/session-attacks.md) have a page of their own. That an attack is listed says that
it was tried, not that no other exists: [what is not covered](../../SECURITY.md#what-is-not-covered).

This page is made from `tests/attacks/register` by `python -m tests.attacks.register.page`.

| class | source | why it fails | tests in |
| --- | --- | --- | --- |
"""


def page() -> str:
    tests = by_class()
    lines = [
        _line(one, sorted({case.file for case in tests[one.id]})) for one in classes() if one.id != CONTROL
    ]
    return _HEAD + "\n".join(lines) + "\n"


def _line(one: AttackClass, files: list[str]) -> str:
    places = ", ".join(f"`{file.removesuffix('.py')}`" for file in files)
    return f"| {one.title} | {one.source} | {one.why} | {places} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
