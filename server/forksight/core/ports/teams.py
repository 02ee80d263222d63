"""What sharing asks of git and of the disk, as protocols that `adapters.teams` fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # a port costs nothing at start-up
    from collections.abc import Collection, Mapping, Sequence
    from contextlib import AbstractContextManager

    from forksight.core.git.snapshot import Snapshot
    from forksight.core.problems import Problem
    from forksight.core.teams.baseline.plans import Published
    from forksight.core.teams.baseline.record import Record
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
        """Where git goes for a remote, without a password: where it fetches from, then where else it pushes to, if it does.
        "" if git does not say."""

    def host(self) -> tuple[str, str]:
        """The person's name, as their commits have it, and the machine's."""

    def changed(self, snapshots: Sequence[Snapshot], remote: str) -> tuple[tuple[Changed, ...], tuple[Problem, ...]]:
        """Those worktrees that are dirty or ahead of the remote's default branch, against what the remote has."""

    def commit(self, worktrees: Sequence[SharedWorktree]) -> tuple[str, ...]:
        """The snapshots' commits, made in our own object store."""

    def publish(self, remote: str, roster: Roster, *, asked: bool = False) -> None:
        """Make the roster and push it; one without snapshots deletes the ref. `asked` is as in `poll`."""

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


class TeamBaselines(Protocol):
    """The baselines that colleagues published through a git remote, and this machine's own. What talks to the remote raises `TeamError`.

    What comes from there is a stranger's: it is bounded and checked before it is used, and what is broken costs itself alone.
    """

    def look(self, remote: str, *, trusted: bool) -> tuple[Problem, ...]:
        """Fetch what is published; what could not be taken is a problem. `trusted`: what the repository's own configuration names
        may run, because the person asked for this, or has said yes to sharing it."""

    def published(self, names: Collection[str] | None = None) -> tuple[tuple[Published, ...], tuple[Problem, ...]]:
        """What was published, or those of these names, as last fetched; what can't be read is a problem."""

    def transcript(self, published: Published) -> bytes:
        """The transcript of one of them, with placeholders. Raises `TeamError` if it is not the one that was published."""

    def publish(self, remote: str, record: Record, transcript: bytes, before: Published | None) -> str:
        """Push a generation behind the one before; its commit. Refused if somebody pushed another one meanwhile."""

    def roots(self, commit: str) -> tuple[str, ...]:
        """The first commits of the history of one of the repository's commits; none in a shallow clone, which lacks them."""

    def is_on_remote(self, commit: str, remote: str) -> bool:
        """Whether a remote has a commit, as last fetched or pushed."""

    def staged(self, folder: str, session: str, transcript: bytes) -> AbstractContextManager[str]:
        """For the time of the block, a session's transcript as a file in a project folder of that name, which is nowhere near
        Claude Code's; its path."""
