"""The client's log, and messages about the server's own failures."""

import threading
import traceback
from collections.abc import Callable
from typing import Literal

from lsprotocol import types

from forksight.core.problems import ForksightError, Problem
from forksight.core.words.terminal import printable

Trace = Literal["off", "messages", "verbose"]

_REMEMBERED = 1_000  # sentences; one that comes again after so many others is news again


class Log:
    """Writes to the client's log (`window/logMessage`) and shows messages. Every method may be called from any thread.

    `trace` is the setting: off logs what went wrong, messages also what was done, verbose also how long it took.
    """

    def __init__(
        self,
        log: Callable[[types.LogMessageParams], None],
        show: Callable[[types.ShowMessageParams], None],
    ) -> None:
        self.trace: Trace = "off"
        self._log = log
        self._show = show
        self._lock = threading.Lock()
        self._mentioned: dict[str, None] = {}  # the newest last

    def done(self, text: str) -> None:
        """Log a completed action, if `trace` is on."""
        if self.trace != "off":
            self._log(types.LogMessageParams(type=types.MessageType.Log, message=printable(text)))

    def detail(self, text: str) -> None:
        """Log a detail, if `trace` is verbose."""
        if self.trace == "verbose":
            self._log(types.LogMessageParams(type=types.MessageType.Log, message=printable(text)))

    def problems(self, problems: tuple[Problem, ...]) -> None:
        """Log what a result does not cover, each problem once."""
        for problem in problems:
            if self._first(f"{problem.code} {problem.path} {problem.message}"):
                self._log(types.LogMessageParams(type=types.MessageType.Warning, message=printable(problem.message)))

    def show_once(self, text: str) -> None:
        """Show a warning to the person, the same one only once."""
        if self._first(text):
            self._show(types.ShowMessageParams(type=types.MessageType.Warning, message=printable(text)))

    def failed(self, doing: str, error: BaseException) -> str:
        """Log a failure, show it once as a sentence, and return that sentence.

        `doing` completes "could not …". The same error is only shown once, whatever it prevents.
        """
        if isinstance(error, ForksightError):
            words = printable(f"Forksight could not {doing}: {error.sentence}")
            self._log(types.LogMessageParams(type=types.MessageType.Error, message=words))
            self._show_error(words, error.sentence)
            return words
        words = f"Forksight could not {doing} because of an internal error. It keeps running; the log has the details."
        self._detailed(f"could not {doing}", error, words)
        return words

    def unreadable_message(self, error: BaseException) -> None:
        """Log a message of the client's that could not be read; shown once."""
        words = "Forksight did not understand a message of the editor, and goes on without it. The log has the details."
        self._detailed("a message of the editor makes no sense", error, words)

    def _detailed(self, what: str, error: BaseException, words: str) -> None:
        details = "".join(traceback.format_exception(error))
        self._log(types.LogMessageParams(type=types.MessageType.Error, message=f"{what}\n{details}"))
        places = traceback.extract_tb(error.__traceback__)[-1:]
        self._show_error(words, f"{type(error)} {[(place.filename, place.lineno) for place in places]}")

    def _show_error(self, words: str, cause: str) -> None:
        if self._first(cause):
            self._show(types.ShowMessageParams(type=types.MessageType.Error, message=words))

    def _first(self, text: str) -> bool:
        with self._lock:
            first = text not in self._mentioned
            self._mentioned[text] = None
            if len(self._mentioned) > _REMEMBERED:
                del self._mentioned[next(iter(self._mentioned))]
            return first
