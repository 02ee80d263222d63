"""What went wrong, as data: `Problem` for what is reported beside a result, `ForksightError` for what stops a command.

The exceptions, as a tree::

    ForksightError            one sentence and a next step; the edges print it, nobody prints a traceback
    ├── GitError              git could not be run, refused, or timed out
    ├── NotARepositoryError   the path lies in no git repository
    ├── LedgerError           the ledger can't be read or written
    ├── VaultError            our copy of a transcript can't be made or put back
    ├── ArchiveError          a fork can't be put away or brought back
    ├── HalfDoneError         a step failed and could not be undone: its plan stays on record, and nothing else is undone
    ├── ClaudeError           the claude binary is missing or failed
    ├── TeamError             the remote that is shared through did not do what it was asked
    └── UsageError            an argument that means nothing
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from forksight.core.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a result does not cover, and why. The rest of the result is valid."""

    code: str  # stable and kebab-case
    message: str  # one sentence: what happened, to what, and what to do
    path: str | None = None  # what it is about, if that is one path


UNREAD = frozenset(
    ["transcript-unreadable", "transcripts-unreadable", "transcript-rows-unreadable", "transcript-empty"]
)


def folded(problems: tuple[Problem, ...], about: str | None = None) -> tuple[Problem, ...]:
    """The problems with those about transcripts, other than `about`, folded into one: there may be many, and they rarely matter."""
    several = [problem for problem in problems if problem.code in UNREAD and problem.path != about]
    if not several:
        return problems
    many = "1 transcript" if len(several) == 1 else f"{len(several)} transcripts"
    message = f"{many} could not be read in full: `forksight doctor` says which."
    return (*(problem for problem in problems if problem not in several), Problem("transcripts-unreadable", message))


class ForksightError(Exception):
    """The base class. `str(error)` says what happened and to what; `fix` says what to do next."""

    code = "failed"

    def __init__(self, message: str, *, fix: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.fix = fix
        if code is not None:
            self.code = code

    @property
    def sentence(self) -> str:
        """What happened and what to do, as one line for a person."""
        return f"{self}: {self.fix}" if self.fix else str(self)


class GitError(ForksightError):
    """Git could not be run, refused, or timed out."""

    code = "git-failed"


class NotARepositoryError(ForksightError):
    """The path lies in no git repository."""

    code = "not-a-repository"


class LedgerError(ForksightError):
    """The ledger can't be read or written."""

    code = "ledger-failed"


class VaultError(ForksightError):
    """Our copy of a transcript can't be made or put back."""

    code = "copy-failed"


class ArchiveError(ForksightError):
    """A fork can't be put away or brought back."""

    code = "archive-failed"


class HalfDoneError(ForksightError):
    """A step failed and could not be undone. Its plan stays on record for the next run, and nothing else of it is undone."""

    code = "half-done"


@contextmanager
def undone(work: Callable[[], object], outcome: str = "") -> Iterator[None]:
    """A context manager that has `work` undo what the block began if the block fails. See `undo`."""
    try:
        yield
    except BaseException as error:
        undo(work, error, outcome)
        raise


def undo(work: Callable[[], object], error: BaseException, outcome: str = "") -> None:
    """Undo what was begun before `error`. If that fails as well, raise `HalfDoneError`, which names both errors and the `outcome`.

    The plan that it was begun for stays on record then: else nothing would tell of what is left. After an interrupt nothing is
    raised, since all that a plan began is undone once more then.
    """
    try:
        work()
    except (ForksightError, OSError) as second:
        if isinstance(error, Exception):
            raise half_done(error, second, outcome) from error


def half_done(error: BaseException, second: BaseException, outcome: str = "") -> HalfDoneError:
    """The error for a step that failed with `error`, and could not be undone because of `second`."""
    sentence = "; ".join(dict.fromkeys(part.rstrip(".") for part in (str(error), str(second), outcome) if part))
    fixes = [failure.fix for failure in (second, error) if isinstance(failure, ForksightError) and failure.fix]
    return HalfDoneError(sentence, fix=f"{next(iter(fixes), 'look at it')}; then the next run goes on from there")


class ClaudeError(ForksightError):
    """The claude binary is missing or failed."""

    code = "claude-failed"


class TeamError(ForksightError):
    """The remote that is shared through can't be reached, or did not do what it was asked."""

    code = "sharing-failed"


class RefusedPushError(TeamError):
    """The remote answered, and nothing was pushed: it declined, or lacks what a push would have to bring."""


class UsageError(ForksightError):
    """An argument that means nothing."""

    code = "usage"
