"""The page that shows who may do what, made from the rules. `python -m tests.support.role_page` writes it."""

from pathlib import Path

from enclave.outputs.permissions import FRESH_SIGN_IN, Act, Denial
from enclave.outputs.role_table import ROLES, duty_table, role_table
from enclave.people import Role

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "roles.md"
WORDS = {None: "yes", Denial.ROLE: "no", Denial.HIDDEN: "not shown", Denial.INTEREST: "interest"}
HEAD = f"""\
# Roles

Who may do what with the queries and outputs of a project, and for the house. Made from the rules that decide it; each
cell of both tables is tried over HTTP.

- **yes**: also needs a good standing (accreditation, training, agreement) for everything but reading, and for
  decisions a sign-in of the last {int(FRESH_SIGN_IN.total_seconds() // 60)} minutes.
- **no**: told so. **not shown**: not even told that there is such a thing.
- **interest**: nobody decides on what they, or those they work for, want released. A declared conflict counts alike.

A role comes from the policy files: the parts on a project from the project's file, the others from the person's own. A
token can take roles away and never gives one. Somebody with two roles may do what either may, but never decide on their
own. A program (a person's file with `service`) is a researcher of one project and can have no other role. Separation
of duties is held by the database too: it takes no vote and no claim of a party to an output or of their organisation,
and one vote of a checker in a round.

"""

DUTIES = """
## Duties towards the house

What is about no single query or output. A retraction, an opened vault and a widening of the policies take two people:
the second is never the first, whatever their roles, and the database keeps it so. Of a request the second acts in
another role, too. What decides needs a sign-in of the last minutes. A school data officer sees and does something about
their own schools alone: those that their file names under `clusters`. The lead researcher of a project puts its own
publications into the register as well.

"""


def page_text() -> str:
    table = role_table()
    head = "| | " + " | ".join(act.value for act in Act) + " |\n"
    rule = "| --- |" + " --- |" * len(table) + "\n"
    rows = "".join(
        f"| **{role}** | " + " | ".join(WORDS[table[act][role]] for act in Act) + " |\n" for role in ROLES
    )
    return HEAD + head + rule + rows + DUTIES + duties_text()


def duties_text() -> str:
    table = duty_table()
    head = "| | " + " | ".join(role.value.replace("_", " ") for role in Role) + " |\n"
    rule = "| --- |" + " --- |" * len(Role) + "\n"
    return (
        head
        + rule
        + "".join(
            f"| **{duty}** | " + " | ".join("yes" if table[duty][role] else "no" for role in Role) + " |\n"
            for duty in table
        )
    )


if __name__ == "__main__":
    PAGE.write_text(page_text(), encoding="utf-8")
