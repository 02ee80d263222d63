"""Sessions that run elsewhere: shows one where it runs, or ends it there so that it can be resumed here."""

from dataclasses import dataclass

from forksight.core.claude.background import attach
from forksight.core.forks.proposal import Proposal
from forksight.core.ports.system import Progress
from forksight.core.problems import ForksightError
from forksight.core.sessions.session import LiveProcess, State
from forksight.core.words import shell
from forksight.core.words.question import Choice, Question
from forksight.features.context import Context
from forksight.features.forks.facts import described

_PATIENCE = 20.0  # seconds that Claude Code may take to end: it writes its transcript and ends what it started


@dataclass(frozen=True, slots=True)
class Shown:
    """The outcome of showing a session where it runs."""

    focused: bool  # its window is in front, in its tmux
    # What shows it in a terminal, where none shows it yet; None where one does, or where nothing can.
    argv: tuple[str, ...] | None = None


def show_running(context: Context, proposal: Proposal) -> Shown:
    """Bring a proposal's running session to the front, whoever opened it."""
    process = proposal.running
    places = [
        proposal.fork.pane if proposal.fork else None,
        context.terminal.place_of(process.pid) if process else None,
    ]
    for place in places:
        if place and context.terminal.focus(place):
            return Shown(focused=True, argv=context.terminal.attach(place))
    if process is not None and process.kind == "bg":
        return Shown(focused=False, argv=tuple(attach(process.session).split()))
    return Shown(focused=False)


def take_over_question(process: LiveProcess, title: str) -> Question:
    """The question before a session is ended where it runs."""
    lost = " What it is doing now is cut off." if process.state is not State.LIVE_IDLE else ""
    message = f"{described(process, title)} runs already in {process.cwd}. End it there and go on here?{lost}"
    choice = Choice("End It and Go On Here", "resume", {"session": process.session, "takeOver": True})
    return Question(message[:1].upper() + message[1:], (choice,), take_over_command(process.session))


def resume_anyway_question(session: str, title: str, why: str) -> Question:
    """The question to ask before a session is resumed that may be live elsewhere; `why` is the reason why nobody can tell."""
    message = f"Nobody can tell whether “{title}” is running already: {why.rstrip('.')}. If it is, two processes would write to one transcript."
    choice = Choice("Resume All the Same", "resume", {"session": session, "anyway": True})
    return Question(message, (choice,), shell.join(["forksight", "resume", session, "--anyway"]))


def take_over_command(session: str) -> str:
    """The command line that ends a session where it runs and resumes it."""
    return shell.join(["forksight", "resume", session, "--take-over"])


def require_same(asked_about: LiveProcess, proposal: Proposal) -> None:
    """Raise `ForksightError` if another process than the one that was asked about would be ended."""
    now = proposal.running
    if now is not None and (now.pid, now.started) != (asked_about.pid, asked_about.started):
        raise ForksightError(
            f"nothing was ended: the session runs in process {now.pid} now", fix="try again", code="changed"
        )


def end_running(context: Context, process: LiveProcess, progress: Progress) -> None:
    """End exactly this process. Raises `ForksightError` if it does not end; its session must not be resumed then."""
    progress.step(f"Ending process {process.pid}")
    try:
        ended = context.processes.end(process.pid, process.started, _PATIENCE)
    except PermissionError as error:
        raise ForksightError(str(error), fix="end the session where it runs", code="session-not-ended") from None
    if not ended:
        raise ForksightError(
            f"process {process.pid} was asked to end and still runs after {_PATIENCE:.0f} seconds",
            fix="end the session where it runs",
            code="session-not-ended",
        )
