"""The search for changes that are accepted, and their way back to the problems that they mend.

Proposals are tried one by one, and what still stands in the way of the changed query is mended in turn. Only a chain at
whose end the query may be asked is offered whole; failing that, each change that takes one problem away and brings no
other. How many are tried depends on the length of the text alone, so that the same query gets the same answer.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from enclave.problems import Problem
from enclave.query.fixes.case import Around, Attempt, Case, Source, Tried
from enclave.query.fixes.needs import finished
from enclave.query.fixes.patches import Patches
from enclave.query.fixes.proposals import proposals
from enclave.terms import Edit, Fix, Span

MOST_TRIES = 40
MOST_STEPS = 6
MOST_BRANCHES = 4
MOST_ALTERNATIVES = 3
MOST_MORE = 6
"""Tries after the first change was found, for others to choose from."""
_TOKENS_TRIED = 16_000  # in all tries together
_STAGES = ("not-a-query", "too-complex", "syntax", "function-not-allowed", "unknown-table", "unknown-field")
"""Each of these may hide problems of its own kind and of those after it."""

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A change that was made, for which problem, of what was found before it."""

    before: Attempt
    problem: Problem
    fix: Fix


def with_fixes(first: Attempt, again: Tried, around: Around) -> tuple[Problem, ...]:
    """The problems of a query, each with the changes that were tried and found to mend it.

    Problems that only show once others are mended are told too.
    """
    first = replace(first, problems=told_once(first.problems))
    search = _Search(again, around, _tries(first))
    steps = search.chain(first, 0)
    if steps is None:
        return tuple(_offered(problem, search.partly(first, problem)) for problem in first.problems)
    found = _placed(first, steps)
    if len(found) == 1 and len(steps) == 1:
        made, *advice = found[0].fixes
        return (_changed(found[0], found[0].spans, (made, *search.others(first, made), *advice)),)
    return found


def told_once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems that say the same are one problem at several places."""
    kept: dict[tuple[type[Problem], str], Problem] = {}
    for problem in problems:
        same = kept.get((type(problem), problem.detail))
        kept[type(problem), problem.detail] = problem if same is None else _together(same, problem)
    return tuple(kept.values())


def _together(one: Problem, other: Problem) -> Problem:
    spans = tuple(dict.fromkeys((*one.spans, *other.spans)))
    fixes = tuple(
        Fix(fix.title, tuple(dict.fromkeys((*fix.edits, *more.edits))))
        for fix in one.fixes
        for more in [next((more for more in other.fixes if more.title == fix.title), fix)]
    )
    return _changed(one, spans, fixes)


def _changed(problem: Problem, spans: tuple[Span, ...], fixes: tuple[Fix, ...]) -> Problem:
    return replace(problem, spans=spans, fixes=fixes)


def _offered(problem: Problem, tried: Fix | None) -> Problem:
    """The problem with what is offered for it."""
    return _changed(problem, problem.spans, finished(problem, () if tried is None else (tried,)))


def _tries(first: Attempt) -> int:
    tokens = max(1, len(Source(first).tokens))
    return max(4, min(MOST_TRIES, _TOKENS_TRIED // tokens))


@dataclass(slots=True, eq=False)
class _Search:
    again: Tried
    around: Around
    left: int
    seen: dict[str, Attempt] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)

    def chain(self, attempt: Attempt, depth: int) -> list[_Step] | None:
        """Changes one after another until nothing is wrong; None where none were found."""
        if not attempt.problems:
            return []
        if depth == MOST_STEPS:
            return None
        for problem in attempt.problems:
            for fix, after in self._best(attempt, problem):
                rest = self.chain(after, depth + 1)
                if rest is not None:
                    return [_Step(attempt, problem, fix), *rest]
        return None

    def _best(self, attempt: Attempt, problem: Problem) -> list[tuple[Fix, Attempt]]:
        """The first few changes that mend a problem: the first that leaves nothing, else those that leave least."""
        found: list[tuple[Fix, Attempt]] = []
        for fix, after in self._mending(attempt, problem):
            if not after.problems:
                return [(fix, after)]
            found.append((fix, after))
            if len(found) == MOST_BRANCHES:
                break
        return sorted(found, key=lambda pair: len(pair[1].problems))

    def partly(self, attempt: Attempt, problem: Problem) -> Fix | None:
        """A change that takes away this problem, brings no other, and leaves some."""
        rest = keys(attempt.problems) - {key(problem)}
        found = (fix for fix, after in self._mending(attempt, problem) if keys(after.problems) <= rest)
        return next(found, None)

    def others(self, attempt: Attempt, first: Fix) -> Iterator[Fix]:
        """Other changes that mend the only problem by themselves."""
        (problem,) = attempt.problems
        self.left = min(self.left, MOST_MORE)
        known, count = {_plain(first.apply(attempt.text))}, 1
        for fix, after in self._mending(attempt, problem):
            if not after.problems and _plain(after.text) not in known:
                known.add(_plain(after.text))
                yield fix
                count += 1
            if count == MOST_ALTERNATIVES:
                return

    def _mending(self, attempt: Attempt, problem: Problem) -> Iterator[tuple[Fix, Attempt]]:
        """Changes after which the problem is gone, and what is wrong then."""
        known = keys(attempt.problems)
        if attempt.text not in self.sources:
            self.sources[attempt.text] = Source(attempt)
        for fix in proposals(Case(self.sources[attempt.text], problem, self.around)):
            after = self._tried(fix.apply(attempt.text))
            if after is None:
                return
            found = keys(after.problems)
            new = [one for one in after.problems if key(one) not in known and not _met_later(after, problem)]
            if key(problem) not in found and not any(_set_back(one, problem) for one in new):
                yield fix, after

    def _tried(self, text: str) -> Attempt | None:
        """What planning says of a text; None where enough was tried."""
        if text not in self.seen:
            if self.left == 0:
                return None
            self.left -= 1
            found = self.again(text)
            self.seen[text] = replace(found, problems=told_once(found.problems))
        return self.seen[text]


def _met_later(after: Attempt, mended: Problem) -> bool:
    """Whether the names of a text could be bound, where that of the mended problem could not even be read or bound.

    What is wrong with it then is met after that, though it may have a code of an early stage, as types that do not fit.
    """
    return after.resolved is not None and mended.code in _STAGES


def _set_back(found: Problem, mended: Problem) -> bool:
    """Whether a problem cannot have been hidden by the one that was mended: then the change has made it."""
    if mended.code not in _STAGES or found.detail == mended.detail:
        return True
    return found.code in _STAGES and _STAGES.index(found.code) < _STAGES.index(mended.code)


def _plain(text: str) -> str:
    return " ".join(text.split())


def key(problem: Problem) -> Key:
    """By what a problem is known again in a changed text."""
    return problem.code, problem.detail, problem.spans[0].text if problem.spans else ""


def keys(problems: Iterable[Problem]) -> frozenset[Key]:
    return frozenset(key(problem) for problem in problems)


def _placed(first: Attempt, steps: list[_Step]) -> tuple[Problem, ...]:
    """Every problem met on the way, at its place in the first text, with the change that mends it there.

    Changes that touch one another are one change, offered for each of the problems that it mends.
    """
    known: list[Problem] = list(first.problems)
    mender: dict[int, int] = {}  # the number of a problem -> that of the step which mends it
    patches = Patches(first.text)
    joined: list[tuple[int, int]] = []
    for number, step in enumerate(steps):
        place = next((place for place, one in enumerate(known) if key(one) == key(step.problem)), None)
        if place is None:
            joined += [(number, owner) for owner in _inside(step.problem, patches)]
            moved = _moved(step.problem, patches)
            if moved is not None:
                known.append(moved)
                mender[len(known) - 1] = number
        else:
            mender[place] = number
        patches = patches.then(step.fix.edits, number)
        left = keys(steps[number + 1].before.problems) if number + 1 < len(steps) else frozenset()
        for other, one in enumerate(known):
            if other not in mender and key(one) not in left:
                mender[other] = number
    groups = _groups(len(steps), [*joined, *_touching(patches)])
    fixes = {number: _fix_of(groups[number], steps, patches, groups) for number in range(len(steps))}
    last = len(steps) - 1
    return tuple(_offered(one, fixes[mender.get(place, last)]) for place, one in enumerate(known))


def _inside(problem: Problem, patches: Patches) -> frozenset[int]:
    """The earlier changes in whose words a later problem stands."""
    return frozenset[int]().union(*(patches.owners_at(span.start, span.end) for span in problem.spans))


def _moved(problem: Problem, patches: Patches) -> Problem | None:
    """A problem met later, at its place in the first text; None if it has none there."""
    spans = [patches.original(span.start, span.end) for span in problem.spans]
    if None in spans:
        return None
    return _changed(problem, tuple(span for span in spans if span is not None), problem.fixes)


def _touching(patches: Patches) -> Iterator[tuple[int, int]]:
    for patch in patches.made:
        first, *others = sorted(patch.owners)
        yield from ((first, other) for other in others)


def _groups(count: int, joined: Iterable[tuple[int, int]]) -> list[int]:
    """For each step the least number of those that it is one change with."""
    groups = list(range(count))
    for one, other in joined:
        low, high = sorted((groups[one], groups[other]))
        groups = [low if group == high else group for group in groups]
    return groups


def _fix_of(group: int, steps: list[_Step], patches: Patches, groups: list[int]) -> Fix:
    titles = dict.fromkeys(step.fix.title for step, one in zip(steps, groups, strict=True) if one == group)
    edits = tuple(
        Edit(patch.start, patch.end, patch.text)
        for patch in patches.made
        if any(groups[owner] == group for owner in patch.owners)
    )
    return Fix("; ".join(titles), edits)
