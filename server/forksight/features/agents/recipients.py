"""Remembers what each agent (a session or one of its subagents) has been told, and the files that each session works with.

Facts are strings ("keys"). Keys that were told are stored, so that later processes of the same session do not repeat them.
"""

import threading
from collections.abc import Callable, Collection
from typing import Any

from forksight.core.agents.hook import Hook
from forksight.core.ports.store import ToldFacts

_TOUCHED = "touched "  # prefix of the key that a session read or edited a file
_MOST_FILES = 40  # touched files per session, the last ones
_FOUND = "found "  # prefix of the key that a tool's result named a file among many
MOST_FOUND = 1_000  # found files per session, the last ones
_MOST_AGENTS = 500  # agents in memory, the last ones that called; the keys of others are read from the store again
_MOST_SESSIONS = 20  # sessions whose files are in memory, the last ones

File = tuple[str, str]  # a worktree's path, and a path in it


class Recipient:
    """One agent, and the keys that it has been told. Its methods may be called from any thread."""

    def __init__(self, told: Collection[str], keep: Callable[[Collection[str]], None]) -> None:
        """`told` are the keys told by earlier processes; `keep` stores further ones for later processes."""
        self._lock = threading.Lock()
        self._told = set(told)
        self._keep = keep
        self.generation = -1  # of the project at the last report of news
        self.left_out = False  # whether an answer left something out, which the next one has to look for again
        self._told_up_to: dict[File, int] = {}  # file -> the generation up to which all its changes were told

    def knows(self, keys: Collection[str]) -> bool:
        """Whether all of these keys have been told."""
        with self._lock:
            return self._told.issuperset(keys)

    def note(self, keys: Collection[str]) -> bool:
        """Add and store keys. Returns whether any of them is new."""
        new = self.add(keys)
        self.keep(new)
        return bool(new)

    def add(self, keys: Collection[str]) -> set[str]:
        """Count these keys as told in this process, until `remove`. Returns the new ones."""
        with self._lock:
            new = set(keys) - self._told
            self._told |= new
            return new

    def remove(self, keys: Collection[str]) -> None:
        """Count these keys as not told again."""
        with self._lock:
            self._told -= set(keys)

    def keep(self, keys: Collection[str]) -> None:
        """Store keys that were told, for later processes."""
        if keys:
            self._keep(keys)

    def has_heard_all(self, file: File, generation: int) -> bool:
        """Whether all changes of a file as of this generation of the project were told."""
        return self._told_up_to.get(file) == generation

    def hears_all(self, files: Collection[File], generation: int) -> None:
        """Record that all changes of these files as of this generation of the project were told."""
        with self._lock:
            self._told_up_to |= dict.fromkeys(files, generation)
            while len(self._told_up_to) > _MOST_FILES + MOST_FOUND:
                del self._told_up_to[next(iter(self._told_up_to))]


class Telling:
    """The keys that one answer tells an agent. They count as told at once, so that no answer made meanwhile repeats them.

    The caller ends it with `read` or `unread`. Its methods may be called from any thread.
    """

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
        """Whether an earlier answer left something out, and this one is still in time to tell it."""
        return self._behind and not self._unread

    def tell(self, keys: Collection[str]) -> bool:
        """Count these keys as told by this answer. Returns whether any of them is new."""
        with self._lock:
            if self._unread:
                return not self._recipient.knows(keys)
            new = self._recipient.add(keys)
            self._keys |= new
            return bool(new)

    def is_news_of(self, generation: int) -> bool:
        """Whether the project has changed since the last report, or something was left out. The caller reports it: it counts as told."""
        with self._lock:
            new = self._behind or self._recipient.generation != generation
            if new and not self._unread:
                self._recipient.generation = generation
                self._recipient.left_out = False
            return new

    def leave_out(self) -> None:
        """Make the next answer look for what this one omits, because it is too much at once or not known yet."""
        self._recipient.left_out = True

    def tells_all(self, files: Collection[File], generation: int) -> None:
        """Record that with this answer all changes of these files as of this generation are told."""
        self._whole = files, generation

    def read(self) -> None:
        """The agent has received the answer: store its keys."""
        with self._lock:
            if self._unread:
                return
        self._recipient.hears_all(*self._whole)
        self._recipient.keep(self._keys)

    def unread(self) -> None:
        """The answer came too late: its keys, and those that are still added, do not count as told."""
        with self._lock:
            self._unread = True
            self._recipient.remove(self._keys)
            self._recipient.left_out = True


class Recipients:
    """All agents of the sessions that one process serves. Its methods may be called from any thread."""

    def __init__(self, told_facts: ToldFacts) -> None:
        """`told_facts` stores the keys that agents were told, across processes."""
        self._lock = threading.Lock()
        self._told_facts = told_facts
        self._agents: dict[tuple[str, str | None], Recipient] = {}
        self._files: dict[str, dict[File, None]] = {}  # by session; the last touched file is last
        self._found: dict[str, dict[File, None]] = {}  # by session; the last found file is last; no file of `_files`
        self._homes: dict[tuple[str, str | None], str] = {}  # (session, agent) -> the worktree of its last call

    def of(self, hook: Hook) -> Recipient:
        """The agent that a hook was called for."""
        key = hook.session, hook.agent
        with self._lock:
            recipient = self._agents.pop(key, None)
            if recipient is None:
                session, agent = hook.session, hook.agent or ""
                told_keys = self._told_facts.read(session).get(agent, frozenset())
                recipient = Recipient(told_keys, lambda keys: self._told_facts.add(session, agent, keys))
            self._agents[key] = recipient  # now the last one
            _shorten(self._agents, _MOST_AGENTS)
            return recipient

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
        """Record, also for the session's later processes, that the session read or edited a file."""
        with self._lock:
            files, found = self._files_of(hook.session), self._found_of(hook.session)
            new = file not in files
            files.pop(file, None)
            found.pop(file, None)
            files[file] = None
            if len(files) > _MOST_FILES:  # it is still one that the session has seen
                oldest = next(iter(files))
                del files[oldest]
                found[oldest] = None
                _shorten(found, MOST_FOUND)
        if new:
            self._told_facts.add(hook.session, "", [_TOUCHED + "\n".join(file)])

    def find(self, hook: Hook, files: Collection[File]) -> None:
        """Record, also for the session's later processes, that a tool's result named these files: later answers report their changes."""
        with self._lock:
            touched, found = self._files_of(hook.session), self._found_of(hook.session)
            new = [file for file in files if file not in touched and file not in found]
            found |= dict.fromkeys(new)
            _shorten(found, MOST_FOUND)
        if new:
            self._told_facts.add(hook.session, "", [_FOUND + "\n".join(file) for file in new])

    def last_touched(self, count: int) -> list[File]:
        """The last `count` files that each session touched."""
        with self._lock:
            return [file for files in self._files.values() for file in list(files)[-count:]]

    def files(self, hook: Hook) -> tuple[File, ...]:
        """The files that the session touched, the last one first, followed by those that it found."""
        with self._lock:
            return (*reversed(self._files_of(hook.session)), *self._found_of(hook.session))

    def _files_of(self, session: str) -> dict[File, None]:
        """The files that a session touched. The caller holds the lock."""
        files = self._files.pop(session, None)
        if files is None:
            files = self._kept_files(session, _TOUCHED, _MOST_FILES)
        self._files[session] = files  # now the last one
        _shorten(self._files, _MOST_SESSIONS)
        return files

    def _found_of(self, session: str) -> dict[File, None]:
        """The files that a session found. The caller holds the lock."""
        files = self._found.pop(session, None)
        if files is None:
            touched = self._files_of(session)
            kept = self._kept_files(session, _FOUND, MOST_FOUND) | self._kept_files(session, _TOUCHED, MOST_FOUND)
            files = {file: None for file in kept if file not in touched}
            _shorten(files, MOST_FOUND)
        self._found[session] = files  # now the last one
        _shorten(self._found, _MOST_SESSIONS)
        return files

    def _kept_files(self, session: str, prefix: str, most: int) -> dict[File, None]:
        """The first `most` files that were stored by keys with this prefix. The caller holds the lock."""
        keys = sorted(key for key in self._told_facts.read(session).get("", ()) if key.startswith(prefix))
        files = (key.removeprefix(prefix).partition("\n") for key in keys[:most])
        return {(worktree, path): None for worktree, _, path in files}


def _shorten(remembered: dict[Any, Any], most: int) -> None:
    """Delete the first entries until at most `most` are left."""
    while len(remembered) > most:
        del remembered[next(iter(remembered))]
