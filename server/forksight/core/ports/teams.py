"""Access to git and the disk for sharing, as protocols that `adapters.teams` implements."""

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
    """Sharing of one repository through a git remote. Its files are in the user's data folder, never in the repository.

    Methods that talk to the remote raise `TeamError` with one sentence, prompt for no password, and run no hooks.
    """

    def consent(self) -> Consent:
        """The person's last decision about sharing this repository."""

    def say(self, consent: Consent) -> None:
        """Store the person's decision."""

    def state(self) -> State:
        """The state of sharing after the last exchange of any process."""

    def note(self, state: State) -> None:
        """Store the state of sharing. Raises `TeamError`."""

    def alone(self, patience: float = 0.0) -> AbstractContextManager[bool]:
        """Takes the lock without which no process talks to the remote for this repository. Its value says whether that succeeded.

        It waits at most `patience` seconds for another process.
        """

    def machine(self) -> str:
        """This machine's id in this repository: random, made and stored at the first call."""

    def remotes(self) -> tuple[str, ...]:
        """The names of the configured remotes."""

    def address(self, remote: str) -> str:
        """The addresses of a remote without passwords, joined with ", ": the ones to fetch from, then other ones to push to.

        "" if git does not say.
        """

    def host(self) -> tuple[str, str]:
        """The name of the person in their commits, and the machine's name."""

    def changed(self, snapshots: Sequence[Snapshot], remote: str) -> tuple[tuple[Changed, ...], tuple[Problem, ...]]:
        """The worktrees that are dirty or ahead of the remote's default branch, as changes to commits that the remote has.

        A worktree of which the remote has no commit is a problem instead.
        """

    def commit(self, worktrees: Sequence[SharedWorktree]) -> tuple[str, ...]:
        """Create the commits of these snapshots in our own repository and return their ids in order. Raises `TeamError`."""

    def publish(self, remote: str, roster: Roster, *, asked: bool = False) -> None:
        """Create the roster's commit and push it. A roster without snapshots deletes the ref. `asked` is as in `poll`."""

    def is_published(self) -> bool:
        """Whether the remote had this machine's last published roster at the last exchange: anybody can delete it."""

    def forget(self, remote: str, machine: str) -> None:
        """Delete a machine's refs on the remote. Raises `TeamError` if one has changed since it was last fetched."""

    def poll(self, remote: str, *, asked: bool = False) -> None:
        """Fetch the other machines' rosters.

        Programs that the repository's own configuration names (ssh, credential helpers) run only if the person has said yes to sharing
        it, or has `asked` for this poll.
        """

    def lend(self) -> None:
        """Let the repository's readers use the fetched objects, too."""

    def rosters(self) -> tuple[Mapping[str, Roster], tuple[Problem, ...]]:
        """The other machines' rosters as last fetched, by the roster's commit, and what could not be read."""

    def snapshots(self, rosters: Mapping[str, Roster]) -> tuple[tuple[Snapshot, ...], tuple[Problem, ...]]:
        """The snapshots that rosters list, in the form that the scanner gives worktrees here, and what could not be read."""


class TeamBaselines(Protocol):
    """The baselines that this machine and others published through a git remote.

    Methods that talk to the remote raise `TeamError`. Fetched data come from other people: their sizes are bounded, they are checked
    before use, and a damaged baseline hides no other.
    """

    def look(self, remote: str, *, trusted: bool) -> tuple[Problem, ...]:
        """Fetch the published baselines. Returns a problem for each that could not be fetched.

        `trusted`: programs that the repository's own configuration names may run, because the person asked for this, or has said yes
        to sharing it.
        """

    def published(self, names: Collection[str] | None = None) -> tuple[tuple[Published, ...], tuple[Problem, ...]]:
        """All published baselines, or those with these names, as last fetched, and what could not be read."""

    def transcript(self, published: Published) -> bytes:
        """A published baseline's transcript, with placeholders. Raises `TeamError` if its hash differs from the record's."""

    def publish(self, remote: str, record: Record, transcript: bytes, before: Published | None) -> str:
        """Push a generation whose parent is the one `before`, and return its commit. Raises `TeamError` if somebody pushed another one."""

    def roots(self, commit: str) -> tuple[str, ...]:
        """The root commits of a commit's history; none in a shallow clone, which lacks them."""

    def is_on_remote(self, commit: str, remote: str) -> bool:
        """Whether a remote has a commit, as last fetched or pushed."""

    def staged(self, folder: str, session: str, transcript: bytes) -> AbstractContextManager[str]:
        """Writes a session's transcript to a file in a project folder of that name, outside of Claude Code's folders, for the time of
        the block. Its value is the file's path.
        """
