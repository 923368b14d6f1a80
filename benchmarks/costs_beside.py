"""The parts of the page of costs that are about the service, about heavy questions, and about other programs."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results")
NAMES = {
    "raw": "raw DuckDB",
    "ours": "whole",
    "acro": "ACRO",
    "smartnoise": "SmartNoise SQL",
    "qrlew": "Qrlew",
}


def beside(results: Path = RESULTS) -> Iterator[str]:
    """Lines of Markdown: of each history the last run."""
    if (run := _last(results / "service.json")) is not None:
        yield from _service(run)
    if (run := _last(results / "limits.json")) is not None:
        yield from _limits(run)
    if (run := _last(results / "others.json")) is not None:
        yield from _others(run)


def _last(path: Path) -> Mapping[str, Any] | None:
    if not path.exists():
        return None
    found: Mapping[str, Any] = json.loads(path.read_text("utf-8"))["runs"][-1]
    return found


def _service(run: Mapping[str, Any]) -> Iterator[str]:
    yield "## The service\n"
    yield (
        "A tiny question over HTTP: signed in, audit and ledger on, durable, from the call to its release; the holds\n"
        f"that hide time left out. {run['when']}, code {run['code']}, {run['cores']} cores, load {run['load'][0]} to"
        f" {run['load'][1]}.\n"
    )
    yield "| a tiny question | aim | found |\n| --- | --- | --- |"
    yield (
        "| processor time of the gateway, new text | 3 ms or less | "
        f"{run['new_cpu_ms']} ms (p50 of the clock {run['new_p50_ms']} ms) |"
    )
    yield (
        "| the same, text asked before | 1 ms or less | "
        f"{run['again_cpu_ms']} ms (p50 of the clock {run['again_p50_ms']} ms) |"
    )
    yield f"| a second, {run['clients']} clients | 200 or more | {run['queries_per_second']} |\n"
    yield (
        "A text asked before is answered as it was, without a run, while nothing changed\n"
        "([when](../explanation/ledger.md#the-same-question-again)); the 16 clients ask such a text. What is left is\n"
        "three durable commits (asked, started, and released, which is most of them: two entries sealed and hashed,\n"
        "fingerprints before and after, output, webhooks), the web, the token and the waiting. By turns with the code\n"
        "before it, at load 12 to 17: 0.56 of the processor time one by one, 0.36 with 16 clients.\n"
        "\n"
        "A new text has five commits, since each is a promise: nothing is computed before it is on record, nothing\n"
        "shown before it is reserved. Asked and started could be one where a worker is free: perhaps a tenth. The\n"
        "rest is its plan, more than half of that the statements of members and reach, which are bound and compared\n"
        "anew for each text, and the run itself (judged beside what everybody knows, members and censuses read,\n"
        "answers through a pipe, numbers sealed): some 20,000 calls of Python functions, and no single one of them\n"
        "is much. The aims of 3 ms and 1 ms are out of reach while every question takes this path.\n"
    )
    yield (
        "Before, whoever writes came to do so on their own thread for all who wait, and answers of a project to\n"
        "reserve in turn: of 471 tries to reserve the numbers of 170 such questions 301 were for nothing; now none\n"
        "is. With 600 answers in a project's scope a question takes what it took with 50.\n"
    )


def _limits(run: Mapping[str, Any]) -> Iterator[str]:
    yield "## Heavy questions\n"
    yield (
        f"`python -m benchmarks.limits`, {run['when']}, code {run['code']}, load {run['load']}: seventeen ways to be\n"
        "heavy, each with two seconds and 512 MiB for the engine.\n"
    )
    yield "| what | aim | found |\n| --- | --- | --- |"
    yield f"| past the deadline at worst | 500 ms or less | {run['worst_ms_past']} ms |"
    yield f"| the same, eight at once | 500 ms or less | {run['eight_at_once_ms_past']} ms |"
    yield f"| most that a worker held | {run['cap_mib']} MiB or less | {run['most_resident_mib']} MiB |"
    yield (
        "| a small question of somebody else meanwhile | | "
        f"p50 {run['small_meanwhile_p50_ms']} ms, worst {run['small_meanwhile_worst_ms']} ms |"
    )
    yield f"| files left | 0 | {run['files_left']} |\n"


def _others(run: Mapping[str, Any]) -> Iterator[str]:
    yield "## Other programs\n"
    yield (
        f"`python -m benchmarks.others`, {run['when']}, code {run['code']}, {run['census_rows']:,} rows, "
        f"load {run['load'][0]:.1f} to {run['load'][1]:.1f}; milliseconds,\n"
        f"loading the rows left out. {', '.join(run['versions'].values())}, each in an environment of its own.\n"
        "They are safe in other senses: ACRO checks rows of a data frame, SmartNoise SQL and Qrlew add noise\n"
        "(epsilon 1). What Qrlew rewrites is run by DuckDB on one thread.\n"
    )
    found, reasons = run["found"], dict[str, int]()
    yield f"| question | {' | '.join(NAMES[name] for name in found)} |"
    yield "| --- " * (len(found) + 1) + "|"
    for shape in found["raw"]:
        cells = [_cell(found[name].get(shape, {"refused": "not asked"}), reasons) for name in found]
        yield f"| {shape} | {' | '.join(cells)} |"
    yield ""
    yield from (f"{number}. {reason}" for reason, number in reasons.items())
    yield ""


def _cell(one: Mapping[str, Any], reasons: dict[str, int]) -> str:
    """A time, or which of the reasons there is none for."""
    if "ms" in one:
        return f"{one['ms']:,.0f}"
    reason = " ".join(str(one["refused"]).replace("|", "/").split())
    return f"no ({reasons.setdefault(reason, len(reasons) + 1)})"
