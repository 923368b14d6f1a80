"""What a checker reads in a terminal of the risk report."""

from enclave.cli.checking import review_text

LEAF = {
    "cells": 120,
    "hidden_cells": 60,
    "outcomes": [
        {"rule": "too few units", "outcome": "fail", "cells": 58, "measures": 0, "looked_at": 0},
        {
            "rule": "a few units make the difference",
            "outcome": "look",
            "cells": 0,
            "measures": 0,
            "looked_at": 2,
        },
        {"rule": "too few clusters", "outcome": "pass"},
    ],
    "top_shares": [
        {"measure": "days", "of": "unit", "largest": 0.5, "two_largest": 0.85, "allowed": 0.9, "row": 6}
    ],
    "linked": [
        {"rule": "nested", "state": "hidden", "with": ["Q-12"], "cells": 2},
        {
            "rule": "nested",
            "state": "flagged",
            "with": ["an output of another project"],
            "row": 3,
            "measure": "n",
        },
    ],
    "coarser": [{"way": "leave out gender", "cells": 60, "hidden_at_most": 8}],
}
REVIEW = {
    "output": "O-132",
    "project": "P-2026-014",
    "sql": "SELECT 1",
    "table": {"columns": [], "rows": [], "cells": []},
    "report": {"verdict": "flagged", "leaves": [LEAF]},
}


def test_the_report_says_how_much_each_rule_hid_what_to_look_at_and_what_would_hide_less() -> None:
    lines = [line.strip() for line in review_text(REVIEW)]
    assert "Verdict: flagged; 60 of 120 cells hidden whole" in lines
    assert "hidden: 58, too few units" in lines
    assert "look at: 2, a few units make the difference" in lines
    assert "the two largest units hold 85% of days in row 7; less than 90% may be shown" in lines
    assert "hidden: 2 cells, nested; with Q-12" in lines
    assert "flagged: row 4, nested; with an output of another project" in lines
    assert "leave out gender: at most 8 of 60 cells would be hidden" in lines


def test_a_rule_that_passed_takes_no_line() -> None:
    assert not any("too few clusters" in line for line in review_text(REVIEW))
