"""Watches sessions for an editor: sends the status, the fork tree, and the warning about sessions that share a worktree.

One thread for each client reads the sessions every few seconds, and when a repository changed or a command did something. The
client is only sent what differs from what it was sent last.
"""

import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import orjson

from forksight.core.frozen import dataclass
from forksight.core.overlaps.overlap import Conflicts, FileReport
from forksight.core.problems import ForksightError
from forksight.core.words.terminal import printable
from forksight.features.agents.keep_status import StatusKeeper
from forksight.features.overlaps.projects import Project, Projects
from forksight.lsp.diagnostics.client_state import ClientState
from forksight.lsp.diagnostics.overlap_diagnostics import SOURCE
from forksight.lsp.diagnostics.stale_baseline import StaleBaselines
from forksight.lsp.documents.conflicts import counted
from forksight.lsp.wire.plain_json import Json, plainly

# What reads sessions is imported when it is used: the first diagnostics do not wait for it.
if TYPE_CHECKING:
    from forksight.core.git.snapshot import Worktree
    from forksight.core.sessions.session import ForkTree, State

_PRODUCER = "sessions"
_INTERVAL = 4.0  # seconds between two checks where nothing happens
_SHARE = 0.005  # of one core at most, on checks where nothing happens
_LONGEST = 10.0  # seconds between two checks, however long they take
_LEAST = 1.0  # seconds between two checks, whatever happens
_WARNING = 2


@dataclass(frozen=True, slots=True)
class AtWork:
    """The session that works in a worktree, as hovers and quick fixes show it."""

    session: str  # its id
    title: str  # in quotation marks, at most 60 characters
    state: str  # what it does now: "working"
    liveliness: tuple[bool, float]  # the greater, the likelier it is the one that edits


class SessionWatch:
    """Watches the sessions of every repository in which a client works. `check_soon` may be called from any thread."""

    def __init__(
        self,
        projects: Projects,
        client: ClientState,
        *,
        retitled: Callable[[Project], None],
        notify: Callable[[str, Json], None],
    ) -> None:
        """`notify` sends a notification; `retitled` is called with each repository whose titles (in `client.titles`) changed."""
        self._projects = projects
        self._client = client
        self._retitled = retitled
        self._notify = notify
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._sent: dict[str, bytes] = {}
        self._status_lines = StatusKeeper()
        self._stale = StaleBaselines(client.documents, client.publisher)
        self._at_work: dict[str, dict[str, AtWork]] = {}  # by git common dir and worktree, as of the last check
        # By git common dir and worktree, since the worktrees of the repository were last scanned.
        self._reports_on_disk: dict[tuple[str, str], tuple[FileReport, ...]] = {}
        self._texts: dict[
            str, dict[str, tuple[State, str]]
        ] = {}  # what sessions did at the last check, by git common dir
        self._thread = threading.Thread(target=self._run, name="forksight-sessions", daemon=True)

    def start(self) -> None:
        """Start the thread. It waits until the client is ready."""
        self._thread.start()

    def check_soon(self) -> None:
        """Check as soon as possible, because something happened."""
        self._wanted.set()

    def refreshed(self, project: Project) -> None:
        """The worktrees of a repository changed. Called on its follower's thread."""
        for key in list(self._reports_on_disk):
            if key[0] == project.repository.common_dir:
                self._reports_on_disk.pop(key, None)
        self._status_lines.refreshed(project)
        self._wanted.set()

    def at_work(self, project: Project, worktrees: Iterable[str]) -> AtWork | None:
        """The likeliest session of these worktrees (paths), as of the last check. Thread-safe; nothing is read."""
        by_worktree = self._at_work.get(project.repository.common_dir, {})
        candidates = [by_worktree[worktree] for worktree in worktrees if worktree in by_worktree]
        return max(candidates, key=lambda working: working.liveliness, default=None)

    @property
    def live(self) -> frozenset[str]:
        """The paths of the worktrees in which a session runs, as of the last check."""
        return self._client.titles.live

    def close(self) -> None:
        """Stop the thread."""
        self._closed.set()
        self._wanted.set()

    def _run(self) -> None:
        self._client.ready.wait()
        while not self._closed.wait(_LEAST):
            self._wanted.clear()
            begun = time.thread_time()
            for project in self._projects:
                try:
                    self._check(project)
                except ForksightError as error:
                    self._client.log.done(
                        f"the sessions of {project.repository.common_dir} can't be told: {error.sentence}"
                    )
                except Exception as error:  # noqa: BLE001 - the thread lives on
                    self._client.log.failed("look at the sessions", error)
            self._wanted.wait(min(max(_INTERVAL, (time.thread_time() - begun) / _SHARE), _LONGEST))

    def _check(self, project: Project) -> None:
        from forksight.core.sessions import document as session_document
        from forksight.core.sessions.tree import liveliness, shared_worktrees, working_in
        from forksight.core.sessions.wording import state_text, title_text
        from forksight.core.status import document as status_document
        from forksight.features.sessions.copies import renew
        from forksight.features.sessions.settle import settled_tree
        from forksight.features.status import status
        from forksight.features.teams.presence import sharing_sentence

        tree = settled_tree(project.context)
        self._client.log.problems(tree.problems)
        working = working_in(tree)
        self._at_work[project.repository.common_dir] = {
            worktree: AtWork(node.id, title_text(node), state_text(node), liveliness(node))
            for worktree, node in working.items()
        }
        shared = shared_worktrees(tree)  # whose lines are whose is not known there, and would change at each turn
        titles = {worktree: title_text(node) for worktree, node in working.items() if worktree not in shared}
        live = frozenset(worktree for worktree, node in working.items() if node.state.live)
        if self._client.titles.update(project.repository.common_dir, titles, live):
            self._retitled(project)
        self._warn(project, tree)
        self._stale.update(project, tree, self._shown_worktrees(project))
        key = f"tree {tree.repository}"
        first = key not in self._sent
        is_news = self._is_news(key, session_document.tree(tree))
        heads: Json = {  # what a tree view shows of the worktrees follows from these
            worktree.path: [worktree.head, len(project.engine.changes(worktree.path))]
            for worktree in project.engine.worktrees()
        }
        colleagues = [
            colleague.commit for snapshot in project.engine.colleagues() if (colleague := snapshot.worktree.colleague)
        ]
        heads |= {"": [sharing_sentence(project.context), colleagues]}
        if self._is_news(f"worktrees {tree.repository}", heads) or is_news:
            self._client.log.problems(renew(project.context, tree=tree))
            if self._client.abilities.forksight and not first:  # nobody has seen a tree yet: whoever wants it asks
                self._notify("forksight/forkTreeChanged", plainly({"repository": tree.repository}))
        if self._client.abilities.forksight:
            self._tell_news(project, tree)
        for worktree in self._shown_worktrees(project):
            # For every client: the checks of its files that take long are made by then, before it opens them.
            overlaps = self._overlaps(project, worktree)
            if self._client.abilities.forksight:
                now = plainly(status_document(status(project.context, tree, worktree, overlaps)))
                if self._is_news(f"status {worktree.path}", now):
                    self._notify("forksight/status", now)
        self._status_lines.keep(project, lambda: tree)

    def _tell_news(self, project: Project, tree: "ForkTree") -> None:
        """Notify of sessions that began to wait or ended their turn since the last check, if the settings ask for it."""
        from forksight.core.sessions.notices import document, notices, texts

        before = self._texts.get(tree.repository)
        self._texts[tree.repository] = texts(tree.nodes)
        settings = project.context.settings.notifications
        # Who waits when the watch begins is in the status.
        for notice in notices(before, tree.nodes) if before is not None else ():
            if getattr(settings, notice.event.value):
                self._notify("forksight/sessionNotice", plainly(document(notice, tree.repository)))

    def seen(self, tree: "ForkTree") -> None:
        """Record that the client got this tree as an answer, so that only a different tree is sent."""
        from forksight.core.sessions import document as session_document

        self._sent.setdefault(f"tree {tree.repository}", orjson.dumps(plainly(session_document.tree(tree))))

    def _is_news(self, key: str, document: Json) -> bool:
        """Whether a document differs from the one last sent under this key."""
        packed = orjson.dumps(plainly(document))
        last, self._sent[key] = self._sent.get(key), packed
        return last != packed

    def _overlaps(self, project: Project, worktree: "Worktree") -> Conflicts:
        """The overlaps of a worktree. Files on disk are only checked once after each scan, since that takes longer than a check."""
        key = (project.repository.common_dir, worktree.path)
        reports = self._reports_on_disk.get(key)
        if reports is None:
            reports = self._reports_on_disk[key] = (
                *project.engine.report(worktree.path),
                *project.engine.semantic_report(worktree.path),
            )
        return counted(self._client.documents, worktree, reports)

    def _shown_worktrees(self, project: Project) -> "list[Worktree]":
        """The worktrees in which the client has a folder or a document."""
        places = [file.prepared.place for file in self._client.documents.files() if file.prepared]
        paths = project.client_worktrees | {place.worktree.path for place in places if place.project is project}
        return [worktree for worktree in project.engine.worktrees() if worktree.path in paths]

    def _warn(self, project: Project, tree: "ForkTree") -> None:
        """Publish a warning in every open document of a worktree that two live sessions share."""
        from forksight.core.sessions.tree import shared_text, shared_worktrees

        shared = shared_worktrees(tree)
        for file in self._client.documents.files():
            place = file.prepared.place if file.prepared else None
            if place is None or place.project is not project:
                continue
            nodes = shared.get(place.worktree.path, ())
            if nodes:
                self._client.publisher.show(_PRODUCER, file.document.uri, [_diagnostic(shared_text(nodes))])
            else:
                self._client.publisher.clear(_PRODUCER, file.document.uri)


def _diagnostic(message: str) -> Json:
    start = {"line": 0, "character": 0}
    empty_range = {"start": start, "end": start}
    return {
        "range": empty_range,
        "message": printable(message),
        "severity": _WARNING,
        "code": "shared-worktree",
        "source": SOURCE,
    }
