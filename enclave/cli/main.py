"""Every command by its name."""

import typer

from enclave.cli import (
    audit,
    baskets,
    batch,
    cases,
    check,
    checking,
    consents,
    data,
    demo,
    explain,
    fields,
    init,
    letters,
    login,
    note,
    outputs,
    policy,
    policy_versions,
    query,
    register,
    replay,
    reports,
    retain,
    retract,
    saved,
    serve,
    threads,
    webhooks,
    witness,
)

app = typer.Typer(
    name="enclave",
    help="Ask questions of sensitive data in SQL; only protected statistics come back.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("init")(init.init)
app.add_typer(data.app, name="data")
app.add_typer(policy.app, name="policy")
policy.app.command("new")(policy_versions.new)
policy.app.command("explain")(policy_versions.explain)
policy.app.command("test")(policy_versions.try_cases)
policy.app.command("diff")(policy_versions.diff)
policy.app.command("apply")(policy_versions.apply)
policy.app.command("versions")(policy_versions.list_versions)
policy.app.command("fmt")(policy_versions.fmt)
app.command("login")(login.login)
app.command("logout")(login.logout)
app.command("fields")(fields.fields)
app.command("check")(check.check)
app.command("query")(query.query)
app.command("ask-release")(query.ask_release)
app.command("outputs")(outputs.outputs)
app.command("get")(outputs.get)
app.command("withdraw")(outputs.withdraw)
app.add_typer(baskets.app, name="requests")
app.command("supersede")(baskets.supersede)
app.command("comments")(threads.comments)
app.command("comment")(threads.comment)
app.command("looks")(threads.looks)
app.command("look")(threads.look)
app.command("figures")(threads.figures)
app.command("queue")(checking.queue)
app.command("review")(checking.review)
app.command("revoke")(outputs.revoke)
app.command("revocations")(outputs.revocations)
app.command("confirm-revocation")(outputs.confirm_revocation)
app.command("decline-revocation")(outputs.decline_revocation)
app.add_typer(saved.app, name="saved")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(letters.app, name="letters")
app.add_typer(cases.app, name="cases")
app.add_typer(consents.app, name="consents")
app.command("register")(register.register)
app.command("note")(note.note)
app.command("replay")(replay.replay)
app.command("retain")(retain.retain)
app.command("retract")(retract.retract)
app.command("reports")(reports.reports)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.add_typer(audit.app, name="audit")
app.add_typer(witness.app, name="witness")
app.command("batch")(batch.batch)
app.command("explain")(explain.explain)


def main() -> None:
    """Run one command and leave with its exit code."""
    app()


if __name__ == "__main__":
    main()
