"""What sharing asks of git and of the disk, as protocols that `adapters.teams` fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # a port costs nothing at start-up
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from forksight.core.git.snapshot import Snapshot
    from forksight.core.problems import Problem
    from forksight.core.teams.sharing import Changed, SharedWorktree
    from forksight.core.teams.state import Consent, State
    from forksight.core.teams.wire import Roster


class Team(Protocol):
    """One repository's sharing through a git remote. What it keeps lies in the user's own data folder, never in the repository.

    What talks to the remote raises `TeamError` with one sentence, asks for no password, and runs no hook.
    """

    def consent(self) -> Consent:
        """What the person has said about sharing this repository."""

    def say(self, consent: Consent) -> None:
        """Keep what the person says."""

    def state(self) -> State:
        """How sharing stands, as whoever talks to the remote wrote it last."""

    def note(self, state: State) -> None:
        """Write how sharing stands."""

    def alone(self, patience: float = 0.0) -> AbstractContextManager[bool]:
        """Whether no other process talks to the remote for this repository; nor does one while this is open.

        It waits at most `patience` seconds for one that does.
        """

    def machine(self) -> str:
        """This machine's id in this repository: random, made at the first question."""

    def remotes(self) -> tuple[str, ...]:
        """The names of the configured remotes."""

    def address(self, remote: str) -> str:
        """Where git goes for a remote, without a password: where it fetches from, then where else it pushes to, if it does."""

    def host(self) -> tuple[str, str]:
        """The person's name, as their commits have it, and the machine's."""

    def changed(self, snapshots: Sequence[Snapshot], remote: str) -> tuple[tuple[Changed, ...], tuple[Problem, ...]]:
        """Those worktrees that are dirty or ahead of the remote's default branch, against what the remote has."""

    def commit(self, worktrees: Sequence[SharedWorktree]) -> tuple[str, ...]:
        """The snapshots' commits, made in our own object store."""

    def publish(self, remote: str, roster: Roster) -> None:
        """Make the roster and push it; one without snapshots deletes the ref."""

    def is_published(self) -> bool:
        """Whether the remote, when it was last looked at, had what this machine published last: anybody may delete it."""

    def forget(self, remote: str, machine: str) -> None:
        """Delete a machine's ref on the remote, as it was last seen."""

    def poll(self, remote: str, *, asked: bool = False) -> None:
        """Fetch the other machines' rosters. What the repository's own configuration names (ssh, credential helpers) runs only if
        the person has said yes to sharing it, or has `asked` for this."""

    def lend(self) -> None:
        """Let the repository's own readers see what was fetched."""

    def rosters(self) -> tuple[Mapping[str, Roster], tuple[Problem, ...]]:
        """The other machines' rosters as last fetched, by the roster's commit; what can't be read is a problem."""

    def snapshots(self, rosters: Mapping[str, Roster]) -> tuple[tuple[Snapshot, ...], tuple[Problem, ...]]:
        """The snapshots that rosters list, as the scanner has those of worktrees here; what can't be read is a problem."""
