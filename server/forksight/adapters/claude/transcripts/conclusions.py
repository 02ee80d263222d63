"""Encodes the sessions that a scan concluded for the index, and computes the keys under which the index keeps them."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from forksight.adapters.claude.files import Transcript
from forksight.core.problems import Problem
from forksight.core.sessions.session import Evidence, Rows, Session, Tokens


def digest(files: Iterable[Transcript], *more: object) -> str:
    """A key for the state of these files, and for the `repr` of `more`: it changes whenever one of them does."""
    state = [(t.path, *t.stat, t.agents) for t in files]
    return blake2b(repr((state, more)).encode(errors="surrogateescape"), digest_size=16).hexdigest()


def encoded(sessions: Sequence[Session], problems: Sequence[Problem] = ()) -> bytes:
    """The JSON of sessions and of the problems with their files: a list of two lists."""
    return orjson.dumps((sessions, problems))


def decoded(kept: bytes | None) -> tuple[tuple[Session, ...], tuple[Problem, ...]] | None:
    """The inverse of `encoded`; None if nothing is kept, or if it is damaged."""
    if kept is None:
        return None
    try:
        sessions, problems = orjson.loads(kept)
        return tuple(map(_session, sessions)), tuple(Problem(**problem) for problem in problems)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _session(values: Any) -> Session:
    """A session from its decoded JSON object, which is changed."""
    rows, own, inherited = Rows(**values.pop("rows")), Tokens(**values.pop("own")), Tokens(**values.pop("inherited"))
    kinds = {"evidence": Evidence(values["evidence"]), "edits": tuple(values["edits"])}
    return Session(**values | kinds, rows=rows, own=own, inherited=inherited)
