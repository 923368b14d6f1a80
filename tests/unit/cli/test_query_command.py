"""`enclave query` when it is stopped."""

import pytest

from enclave.cli import query as command
from tests.unit.client.fake_service import FakeService, gives, query


def test_a_query_is_cancelled_when_its_command_is_stopped_before_it_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(_words: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_write", stopped)
    cancel = "POST /api/v1/queries/Q-1/cancel"
    fake = FakeService().on("POST /api/v1/queries", query()).on(cancel, gives({}, 202))
    with pytest.raises(KeyboardInterrupt):
        command._asked(fake.service(), "P-1", "SELECT 1", None, route="ordinary", quiet=False)
    assert len(fake.calls(cancel)) == 1
