"""Our own copies of transcripts, as values."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from forksight.core.store.ledger import Baseline, Generation


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file in a copy."""

    path: str  # relative to the session's project folder
    size: int  # in bytes
    sha256: str
    mode: int = 0  # permissions; 0 in what older versions wrote


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a session's transcript and companion folder."""

    session: str
    archive: str  # the file that holds it
    transcript: str  # where the original was
    created: float  # when it was made, in seconds since the epoch
    files: tuple[StoredFile, ...]
    title: str  # the session's own, as the next two: so it can be found while its transcript is gone
    cwd: str
    branch: str | None
    # what the session was marked as, with its generation: a lost ledger is rebuilt from them
    baseline: str | None = None
    generation: Generation | None = None

    @property
    def size(self) -> int:
        """The transcript's size in bytes when it was copied."""
        return next((file.size for file in self.files if file.path == f"{self.session}.jsonl"), 0)


def baselines_of(copies: Iterable[Copy]) -> tuple[Baseline, ...]:
    """The baselines for which copies were made, each with its newest generation as the current one."""
    marked = sorted(
        ((copy.baseline, copy.generation) for copy in copies if copy.baseline and copy.generation),
        key=lambda pair: (pair[0], pair[1].number),
    )
    baselines = []
    for name, pairs in groupby(marked, key=lambda pair: pair[0]):
        generations = {generation.number: generation for _, generation in pairs}
        baselines.append(Baseline(name, max(generations), tuple(generations.values())))
    return tuple(baselines)
