"""Who is told: agents (a session, or one of its subagents), what each has been told, and the files that a session works with."""

import threading
from collections.abc import Callable, Collection
from typing import Any

from forksight.core.agents.hook import Hook
from forksight.core.ports.store import ToldFacts

_TOUCHED = "touched "  # begins the key of the fact that a session has touched a file
_MOST_FILES = 40  # of a session, the last touched ones
_FOUND = "found "  # begins the key of the fact that a file was one of very many in an answer of a tool
MOST_FOUND = 1_000  # of a session, the last found ones
_MOST_AGENTS = 500  # the last ones that called; what others were told is read again
_MOST_SESSIONS = 20  # the last ones whose files are remembered

File = tuple[str, str]  # a worktree's path, and a path in it


class Recipient:
    """One agent. Keys are those of `core.agents.other_edits`, and for other facts whatever names them. For any thread."""

    def __init__(self, told: Collection[str], keep: Callable[[Collection[str]], None]) -> None:
        """`told` counts as told before; `keep` gets what is known from now on."""
        self._lock = threading.Lock()
        self._told = set(told)
        self._keep = keep
        self.generation = -1  # of the project when its news was last told
        self.left_out = False  # whether an answer left something out: the next one looks for it again
        self._told_up_to: dict[File, int] = {}  # the generation as of which all about a file was told, the last ones

    def knows(self, keys: Collection[str]) -> bool:
        """Whether all of these have been told."""
        with self._lock:
            return self._told.issuperset(keys)

    def note(self, keys: Collection[str]) -> bool:
        """Remember that these keys need not be told from now on; whether any of them was unknown before."""
        new = self.add(keys)
        self.keep(new)
        return bool(new)

    def add(self, keys: Collection[str]) -> set[str]:
        """Count these as told until this process ends, or `remove`; those that were not before."""
        with self._lock:
            new = set(keys) - self._told
            self._told |= new
            return new

    def remove(self, keys: Collection[str]) -> None:
        """Count these keys as untold again."""
        with self._lock:
            self._told -= set(keys)

    def keep(self, keys: Collection[str]) -> None:
        """Keep these keys for later processes: they were told."""
        if keys:
            self._keep(keys)

    def has_heard_all(self, file: File, generation: int) -> bool:
        """Whether all about a file was told, as the project was in that generation."""
        return self._told_up_to.get(file) == generation

    def hears_all(self, files: Collection[File], generation: int) -> None:
        """All about these files was told, as the project is in that generation."""
        with self._lock:
            self._told_up_to |= dict.fromkeys(files, generation)
            while len(self._told_up_to) > _MOST_FILES + MOST_FOUND:
                del self._told_up_to[next(iter(self._told_up_to))]


class Telling:
    """What one answer tells an agent. It counts as told at once, so that no other answer tells it too. For any thread."""

    def __init__(self, recipient: Recipient) -> None:
        self._recipient = recipient
        self._lock = threading.Lock()
        self._keys: set[str] = set()
        self._whole: tuple[Collection[File], int] = (), -1
        self._unread = False
        self._behind = recipient.left_out
        self.knows, self.note, self.has_heard_all = recipient.knows, recipient.note, recipient.has_heard_all

    @property
    def behind(self) -> bool:
        """Whether an earlier answer left something out, and this one is in time to tell it."""
        return self._behind and not self._unread

    def tell(self, keys: Collection[str]) -> bool:
        """Count these as told from now on; whether any of them was not before."""
        with self._lock:
            if self._unread:
                return not self._recipient.knows(keys)
            new = self._recipient.add(keys)
            self._keys |= new
            return bool(new)

    def is_news_of(self, generation: int) -> bool:
        """Count the news of the project up to this generation, and what was left out, as told; whether any was not before."""
        with self._lock:
            new = self._behind or self._recipient.generation != generation
            if new and not self._unread:
                self._recipient.generation = generation
                self._recipient.left_out = False
            return new

    def leave_out(self) -> None:
        """Something is left to be told later: it was too much at once, or is not known yet."""
        self._recipient.left_out = True

    def tells_all(self, files: Collection[File], generation: int) -> None:
        """With this answer all about these files is told, as the project is in that generation."""
        self._whole = files, generation

    def read(self) -> None:
        """The agent has the answer."""
        with self._lock:
            if self._unread:
                return
        self._recipient.hears_all(*self._whole)
        self._recipient.keep(self._keys)

    def unread(self) -> None:
        """The answer came too late: nothing of it was told, nor is what is still being put together."""
        with self._lock:
            self._unread = True
            self._recipient.remove(self._keys)
            self._recipient.left_out = True


class Recipients:
    """All agents of the sessions that one process serves. For any thread."""

    def __init__(self, told: ToldFacts) -> None:
        """`told` is what was told before this process began, and keeps what it tells."""
        self._lock = threading.Lock()
        self._told = told
        self._agents: dict[tuple[str, str | None], Recipient] = {}
        self._files: dict[str, dict[File, None]] = {}  # by session, last touched last
        self._found: dict[str, dict[File, None]] = {}  # by session, last found last; none of `_files`
        self._homes: dict[tuple[str, str | None], str] = {}  # the worktree that an agent was last seen to work in

    def of(self, hook: Hook) -> Recipient:
        """The agent that a hook was called for."""
        key = hook.session, hook.agent
        with self._lock:
            known = self._agents.pop(key, None)
            if known is None:
                session, agent = hook.session, hook.agent or ""
                before = self._told.read(session).get(agent, frozenset())
                known = Recipient(before, lambda keys: self._told.add(session, agent, keys))
            self._agents[key] = known  # the last one
            _shorten(self._agents, _MOST_AGENTS)
            return known

    def works_in(self, hook: Hook, worktree: str) -> None:
        """The agent is in that worktree."""
        with self._lock:
            self._homes.pop((hook.session, hook.agent), None)
            self._homes[hook.session, hook.agent] = worktree
            _shorten(self._homes, _MOST_AGENTS)

    def others_homes(self, hook: Hook) -> set[str]:
        """The worktrees that other agents of these sessions work in."""
        with self._lock:
            homes = list(self._homes.items())
        return {worktree for agent, worktree in homes if agent != (hook.session, hook.agent)}

    def touch(self, hook: Hook, file: File) -> None:
        """The session has seen or edited a file. Its next process knows that too."""
        with self._lock:
            files, found = self._files_of(hook.session), self._found_of(hook.session)
            new = file not in files
            files.pop(file, None)
            found.pop(file, None)
            files[file] = None
            if len(files) > _MOST_FILES:
                del files[next(iter(files))]
        if new:
            self._told.add(hook.session, "", [_TOUCHED + "\n".join(file)])

    def find(self, hook: Hook, files: Collection[File]) -> None:
        """A tool has shown the session these files, among others: of them its agents hear later. Its next process knows that too."""
        with self._lock:
            touched, found = self._files_of(hook.session), self._found_of(hook.session)
            new = [file for file in files if file not in touched and file not in found]
            found |= dict.fromkeys(new)
            for file in list(found)[:-MOST_FOUND]:
                del found[file]
        if new:
            self._told.add(hook.session, "", [_FOUND + "\n".join(file) for file in new])

    def last_touched(self, count: int) -> list[File]:
        """The files that each session touched last, at most so many of each."""
        with self._lock:
            return [file for files in self._files.values() for file in list(files)[-count:]]

    def files(self, hook: Hook) -> tuple[File, ...]:
        """The files that the session has touched, the last touched first, and then those that it has found."""
        with self._lock:
            return (*reversed(self._files_of(hook.session)), *self._found_of(hook.session))

    def _files_of(self, session: str) -> dict[File, None]:
        """The files that a session has touched. With the lock held."""
        files = self._files.pop(session, None)
        if files is None:
            files = self._kept_files(session, _TOUCHED, _MOST_FILES)
        self._files[session] = files  # the last one
        _shorten(self._files, _MOST_SESSIONS)
        return files

    def _found_of(self, session: str) -> dict[File, None]:
        """The files that a session has found. With the lock held."""
        found = self._found.pop(session, None)
        if found is None:
            touched = self._files_of(session)
            found = {file: None for file in self._kept_files(session, _FOUND, MOST_FOUND) if file not in touched}
        self._found[session] = found  # the last one
        _shorten(self._found, _MOST_SESSIONS)
        return found

    def _kept_files(self, session: str, prefix: str, most: int) -> dict[File, None]:
        """The files that earlier processes have kept under keys with this prefix. With the lock held."""
        kept = sorted(key for key in self._told.read(session).get("", ()) if key.startswith(prefix))
        files = (key.removeprefix(prefix).partition("\n") for key in kept[:most])
        return {(worktree, path): None for worktree, _, path in files}


def _shorten(remembered: dict[Any, Any], most: int) -> None:
    """Forget the first of these if there are too many."""
    while len(remembered) > most:
        del remembered[next(iter(remembered))]
