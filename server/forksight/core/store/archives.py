"""Archived forks as JSON, which is kept in the ledger, in each archive's folder and in plans."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from forksight.core.sessions.session import Evidence, Node, Rows, State, Tokens
from forksight.core.sessions.tree import ancestors, parents_of
from forksight.core.store.ledger import Archive, Fork, ForkState, KeptBranch, KeptWorktree, Mode


def archived(node: Node) -> Node:
    """The node of an archived fork: without what only a transcript or a process tells."""
    return replace(node, state=State.ARCHIVED, live=None, session=None, baseline=None, elsewhere=())


def put_away(archives: Sequence[Archive], others: Sequence[Node]) -> list[Node]:
    """The archived forks as nodes of the tree, beside the sessions in `others`, none of which is archived.

    The tokens of an archived fork are booked to its oldest own fork, if there is one, since that has the same messages in its
    transcript. Such an archived fork gets no own tokens here, so that nothing counts twice. A session with inherited rows and
    no known parent may descend from any older archive.
    """
    if not archives:
        return []
    nodes = {node.id: node for node in (*others, *(archive.node for archive in archives))}
    parents = parents_of(nodes.values())
    gone = {archive.session: archive.created for archive in archives}
    holders = [(node.id, float("inf")) for node in others if node.session is not None]
    booked_away: set[str] = set()
    for identity, until in (*holders, *gone.items()):
        older = {session for session, moment in gone.items() if moment < until}
        line = [identity, *(above for above in ancestors(parents, identity) if above in nodes)]
        oldest = nodes[line[-1]]
        booked_away |= older if oldest.parent is None and oldest.rows.inherited else older & {*line[1:]}
    return [
        replace(archive.node, own=Tokens()) if archive.session in booked_away else archive.node for archive in archives
    ]


def encode(archive: Archive) -> dict[str, Any]:
    """An archive as JSON."""
    raw = asdict(replace(archive, node=archived(archive.node)))
    if archive.branch is not None:
        raw["branch"]["settings"] = [list(setting) for setting in archive.branch.settings]
    return raw


def decode(raw: Mapping[str, Any]) -> Archive:
    """The inverse of `encode`. Raises KeyError, TypeError or ValueError for anything else."""
    branch, worktree, fork = raw["branch"], raw["worktree"], raw["fork"]
    return Archive(
        session=raw["session"],
        file=raw["file"],
        transcript=raw["transcript"],
        created=raw["created"],
        node=_node(raw["node"]),
        branch=KeptBranch(branch["name"], branch["commit"], _settings(branch["settings"])) if branch else None,
        worktree=KeptWorktree(**worktree) if worktree else None,
        fork=Fork(**{**fork, "mode": Mode(fork["mode"]), "state": ForkState(fork["state"])}) if fork else None,
    )


def readable(bodies: Iterable[str]) -> tuple[Archive, ...]:
    """The archives in these JSON texts. Damaged ones, and those of other versions, are left out."""
    archives = []
    for body in bodies:
        with suppress(KeyError, TypeError, ValueError):
            archives.append(decode(json.loads(body)))
    return tuple(archives)


def _settings(raw: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, value in raw)


def _node(raw: Mapping[str, Any]) -> Node:
    known = {
        "evidence": Evidence(raw["evidence"]),
        "state": State(raw["state"]),
        "rows": Rows(**raw["rows"]),
        "own": Tokens(**raw["own"]),
        "inherited": Tokens(**raw["inherited"]),
        "elsewhere": (),
    }
    return Node(**{**raw, **known})
