"""What was concluded from transcripts, as the index keeps it, and what stands for the files that it follows from."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from forksight.adapters.claude.files import Transcript
from forksight.core.problems import Problem
from forksight.core.sessions.session import Evidence, Rows, Session, Tokens


def digest(files: Iterable[Transcript], *more: object) -> str:
    """Stands for the state that files are in."""
    state = [(t.path, *t.stat, t.agents) for t in files]
    return blake2b(repr((state, more)).encode(errors="surrogateescape"), digest_size=16).hexdigest()


def encoded(sessions: Sequence[Session], problems: Sequence[Problem] = ()) -> bytes:
    """Sessions, and what is wrong with their files, as the index keeps them."""
    return orjson.dumps((sessions, problems))


def decoded(kept: bytes | None) -> tuple[tuple[Session, ...], tuple[Problem, ...]] | None:
    """What was encoded; None where nothing is kept, or it is damaged."""
    if kept is None:
        return None
    try:
        sessions, problems = orjson.loads(kept)
        return tuple(map(_session, sessions)), tuple(Problem(**problem) for problem in problems)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _session(values: Any) -> Session:
    """The session that the index keeps as JSON; `values` is used up."""
    rows, own, inherited = Rows(**values.pop("rows")), Tokens(**values.pop("own")), Tokens(**values.pop("inherited"))
    kinds = {"evidence": Evidence(values["evidence"]), "edits": tuple(values["edits"])}
    return Session(**values | kinds, rows=rows, own=own, inherited=inherited)
