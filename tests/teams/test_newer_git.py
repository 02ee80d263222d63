"""Machines whose gits are of different ages: the system's own, and a newer one."""

from collections.abc import Callable

from forksight.adapters.git import process
from tests.conftest import Checkout
from tests.teams.conftest import PASSWORD, now, point
from tests.teams.machines import Machine, five
from tests.teams.servers import http_server


def test_an_older_and_a_newer_git(
    ada: Machine,
    bob: Machine,
    remote: Checkout,
    personal: Callable[[str, str], str],
    newer_git: Callable[[], None],
) -> None:
    personal("credential.helper", PASSWORD)
    older = process.version()
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    newer_git()
    assert process.version() > older
    with http_server(remote.path.parent) as server:
        point(bob, server.address).write({"pay.py": five("bob's\n")}).run("share", "on", "--yes")
        (overlap,) = bob.json("overlaps", ends=1)["overlaps"]
        assert (overlap["path"], overlap["other"]["user"]) == ("pay.py", "Ada")
        bob.write({"cart.py": five("more of bob's\n")}).run("share", "now")
        server.password = "another"
        assert "requires a user name and password" in now(bob)
        server.password = "secret"
        hook = remote.path / "hooks/pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\necho 'the quota is used up' >&2; exit 1\n")
        hook.chmod(0o755)
        bob.write({"cart.py": five("again\n")})
        assert "the remote refused the push: pre-receive hook declined (the quota is used up)" in now(bob)
        hook.unlink()
    assert "can't be reached" in now(bob)
