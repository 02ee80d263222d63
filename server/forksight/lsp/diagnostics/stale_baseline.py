"""The diagnostic `baseline-stale`: on the worktree's conventions file (CLAUDE.md, …), never in code."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from forksight.core.words.terminal import printable
from forksight.lsp.diagnostics.overlap_diagnostics import SOURCE
from forksight.lsp.diagnostics.publisher import Publisher
from forksight.lsp.documents.open_documents import OpenDocuments
from forksight.lsp.wire.plain_json import Json
from forksight.lsp.wire.uris import uri_of

if TYPE_CHECKING:
    from forksight.core.git.snapshot import Worktree
    from forksight.core.sessions.session import ForkTree
    from forksight.features.overlaps.projects import Project

_PRODUCER = "baseline"
_INFORMATION = 3


class StaleBaselines:
    """Keeps the diagnostic current in every worktree of a client. To be used by one thread."""

    def __init__(self, open_documents: OpenDocuments, publisher: Publisher) -> None:
        self._open_documents = open_documents
        self._publisher = publisher
        self._shown: dict[str, set[str]] = {}  # common dir -> URIs

    def update(self, project: "Project", tree: "ForkTree", worktrees: "Sequence[Worktree]") -> None:
        """Publish in each of these worktrees which baselines are stale, and clear outdated diagnostics."""
        diagnostics = _diagnostics(project, tree)
        shown = set()
        for worktree in worktrees if diagnostics else ():
            path = _conventions(worktree.path)
            if path is not None:
                uri = self._open_documents.uri_for(path) or uri_of(path)
                self._publisher.show(_PRODUCER, uri, diagnostics)
                shown.add(uri)
        common_dir = project.repository.common_dir
        for uri in self._shown.get(common_dir, set()) - shown:
            self._publisher.clear(_PRODUCER, uri)
        self._shown[common_dir] = shown


def _diagnostics(project: "Project", tree: "ForkTree") -> list[Json]:
    """A diagnostic for each stale baseline. Within a day its message only changes if the facts do."""
    from forksight.features.baseline.drift import baseline_staleness

    start = {"line": 0, "character": 0}
    diagnostics = []
    for baseline in project.context.ledger.view()[0].baselines:
        reasons = baseline_staleness(project.context, baseline, tree.nodes)
        if reasons:
            message = f"The baseline {baseline.name} is stale: {'; '.join(reasons)}. Run “Refresh baseline”"
            diagnostics.append(
                {
                    "range": {"start": start, "end": start},
                    "message": printable(message),
                    "severity": _INFORMATION,
                    "code": "baseline-stale",
                    "source": SOURCE,
                }
            )
    return diagnostics


def _conventions(worktree: str) -> str | None:
    """The conventions file of a worktree; None if it has none."""
    from forksight.core.baseline.drift import CONVENTIONS

    paths = (f"{worktree}/{name}" for name in CONVENTIONS)
    return next((path for path in paths if os.path.isfile(path)), None)
