"""What was concluded from transcripts, as the index keeps it, and what stands for the files that it follows from."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from forksight.adapters.claude.files import Transcript
from forksight.core.sessions.session import Evidence, Rows, Session, Tokens


def digest(files: Iterable[Transcript], *more: object) -> str:
    """Stands for the state that files are in."""
    state = [(t.path, *t.stat, t.agents) for t in files]
    return blake2b(repr((state, more)).encode(errors="surrogateescape"), digest_size=16).hexdigest()


def to_session(values: Any) -> Session:
    """The session that the index keeps as JSON; `values` is used up."""
    rows, own, inherited = Rows(**values.pop("rows")), Tokens(**values.pop("own")), Tokens(**values.pop("inherited"))
    kinds = {"evidence": Evidence(values["evidence"]), "edits": tuple(values["edits"])}
    return Session(**values | kinds, rows=rows, own=own, inherited=inherited)
