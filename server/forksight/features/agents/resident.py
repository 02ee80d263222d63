"""Answers the hooks of a Claude Code process for as long as it runs, with an overlap engine that follows the repository as for an editor."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from forksight.core.agents.hook import NOTHING, Answer, BeforeEdit, Hook, document, read_hook
from forksight.core.agents.proposed_text import EDITS, edited_path
from forksight.core.document import Plain
from forksight.core.problems import ForksightError
from forksight.features.agents import after_tool
from forksight.features.agents.before_edit import before_edit, changed_by_agent
from forksight.features.agents.break_search import BreakSearch
from forksight.features.agents.call import Call, file_at
from forksight.features.agents.early_files import EarlyFile, EarlyFiles
from forksight.features.agents.keep_status import KeepingThread
from forksight.features.agents.plans import Plans
from forksight.features.agents.recipients import Recipients, Telling
from forksight.features.context import Workbench
from forksight.features.overlaps.projects import Place, Project, Projects

if TYPE_CHECKING:
    from forksight.core.settings import Settings

_SEARCHES = ("Grep", "Glob")
_CATCHING_UP = ("UserPromptSubmit", "SubagentStart")  # events at which all changes up to now are reported
_READY_FILES = 3  # last touched files of each session whose plans are made in advance
_MOST_DIRECTORIES = 200  # directories whose repository is remembered
_NOWHERE = 5.0  # seconds after which a directory outside of any repository is checked again
_MOST_COMMANDS = 50  # running commands for which the snapshots before them are remembered


class Resident:
    """Answers the hooks of one process of Claude Code. Every method may be called from any thread."""

    def __init__(
        self,
        workbench: Workbench,
        failed: Callable[[str, Exception], object],
        budget: float,
        settings: "Settings | None" = None,
    ) -> None:
        """`failed` is called with what was tried and the exception. `budget` is how many seconds an answer may wait for the follower.

        Without `settings` each repository's own are read.
        """
        self._workbench = workbench
        self._failed = failed
        self._budget = budget
        self._recipients = Recipients(workbench.told_facts)
        self._early = EarlyFiles()
        self._plans = Plans()
        self._breaks = BreakSearch(budget / 4)
        self._lock = threading.Lock()
        # Directory -> its project, and when to check again (`time.monotonic`) if that is None.
        self._project_of: dict[str, tuple[Project | None, float]] = {}
        self._generations: dict[str, int] = {}  # common dir -> number of changes so far
        self._before: dict[tuple[str | None, ...], after_tool.Snapshots] = {}  # by session, agent and command
        self._projects = Projects(workbench, self._changed, failed, self._gone)
        self._projects.settings = settings
        self._status = KeepingThread(self._projects, failed)
        self._status.start()

    def warm(self, cwd: str) -> None:
        """Begin to follow a directory's repository, before the first hook is called there."""
        with suppress(ForksightError):
            self._project(cwd)
        self._workbench.told_facts.tidy()

    def knows(self, cwd: str) -> bool:
        """Whether all worktrees of a directory's repository are scanned, and no change since is known."""
        project, _ = self._project_of.get(cwd, (None, 0.0))
        return project is not None and bool(project.engine.worktrees()) and not project.follower.unseen()

    def answer(self, fields: object, reply: Callable[[Plain], bool]) -> None:
        """Call `reply` with the JSON that answers a hook (`fields`); `{}` for nothing to say, and after any error.

        `reply` returns whether the answer was in time. If not, it does not count as told.
        """
        hook = read_hook(fields)
        if hook is None:
            reply({})
            return
        telling = Telling(self._recipients.of(hook))
        try:
            in_time = reply(document(hook.event, self._answer(hook, telling)))
        except Exception as error:  # noqa: BLE001 - no error of ours may stop an agent
            self._failed(f"answer {hook.event} {hook.tool}".rstrip(), error)
            reply({})
            in_time = False
        if in_time:
            telling.read()
        else:
            telling.unread()

    def close(self) -> None:
        """Stop all threads."""
        self._breaks.close()
        self._status.close()
        self._projects.close()

    def _answer(self, hook: Hook, telling: Telling) -> Answer:
        call = self._call(hook, telling)
        if call is None:
            return NOTHING
        if hook.event == "PreToolUse":
            return self._before_tool(call)
        if hook.event in ("PostToolUse", "PostToolUseFailure"):
            answer = self._after_tool(call)
            return answer if answer.context or not telling.behind else after_tool.news(call)
        return after_tool.news(call) if hook.event in _CATCHING_UP else NOTHING

    def _before_tool(self, call: Call) -> Answer:
        if call.hook.tool in EDITS:
            return before_edit(call, BeforeEdit(call.project.context.settings.agents.before_edit))
        if call.hook.tool == "Bash":
            before = after_tool.before_command(call)
            with self._lock:
                self._before[_command(call.hook)] = before
                while len(self._before) > _MOST_COMMANDS:
                    del self._before[next(iter(self._before))]
        return NOTHING

    def _after_tool(self, call: Call) -> Answer:
        tool = call.hook.tool
        if tool == "Bash":
            before = self._before.pop(_command(call.hook), {})
            places = after_tool.command_places(call)
            answer = self._on_follower(call.project, lambda: after_tool.after_command(call, before, places))
            return answer or self._too_late(call)
        if call.hook.event == "PostToolUseFailure":
            return NOTHING
        if tool in EDITS:
            return after_tool.after_edit(call)
        return after_tool.after_search(call) if tool in _SEARCHES else after_tool.after_read(call)

    def _too_late(self, call: Call) -> Answer:
        """Answer nothing: what the follower's thread still adds to the answer does not count as told."""
        call.recipient.unread()
        return NOTHING

    def _catch_up(self, project: Project) -> None:
        """Scan what has changed by now, waiting for it at most for the budget."""

        def job() -> Answer:
            project.follower.catch_up()
            return NOTHING

        if project.follower.unseen():
            self._on_follower(project, job)

    def _on_follower(self, project: Project, work: Callable[[], Answer]) -> Answer | None:
        """The result of `work` on the follower's thread; None if it takes longer than the budget. Raises what `work` raises."""
        future: Future[Answer] = Future()

        def job() -> None:
            try:
                future.set_result(work())
            except Exception as error:  # noqa: BLE001 - the waiting thread raises it
                future.set_exception(error)

        project.follower.submit(job)
        try:
            return future.result(self._budget)
        except TimeoutError:
            return None

    def _call(self, hook: Hook, telling: Telling) -> Call | None:
        """The call; None outside of any repository, or before its worktree is known."""
        project = self._project(hook.cwd)
        if project is None:
            return None
        if not project.engine.worktrees():  # the repository was just opened: wait for the first scan
            self._on_follower(project, lambda: NOTHING)
        own = project.worktree(project.context.files.resolve(hook.cwd))
        if own is None:
            self._early.add(project.repository.common_dir, hook, _named_files(hook), edited=hook.tool in EDITS)
            telling.leave_out()
            return None
        if hook.event in _CATCHING_UP or (hook.event, hook.tool) == ("PreToolUse", "Bash"):
            self._catch_up(project)
        self._recipients.works_in(hook, own.path)
        generation = self._generation(project)
        call = Call(hook, project, own, self._recipients, self._plans, self._breaks, generation, telling)
        self._note_early(call)
        return call

    def _note_early(self, call: Call) -> None:
        """Record that the session works with the files that it named before its worktree was known."""
        common_dir, session = call.project.repository.common_dir, call.hook.session
        later: list[EarlyFile] = []
        seen: list[Place] = []
        for file in self._early.take(common_dir, session):
            own = call.project.worktree(call.project.context.files.resolve(file.cwd))
            place = call.place(file.path)
            if own is None:
                later.append(file)
            elif place is not None and place.worktree.path == own.path:
                seen.append(place)
                if file.edited:  # conflicts in it may be this edit's
                    agent = self._recipients.of(replace(call.hook, agent=file.agent))
                    agent.note([changed_by_agent(*place.key)])
        after_tool.note_seen(call, seen)
        if later:
            self._early.put_back(common_dir, session, later)

    def _project(self, cwd: str) -> Project | None:
        """The project of a directory; None outside of any repository, which is checked again every `_NOWHERE` seconds."""
        project, until = self._project_of.get(cwd, (None, 0.0))
        if project is None and time.monotonic() >= until:
            project = self._projects.project(os.path.realpath(cwd))
            with self._lock:
                self._project_of[cwd] = project, time.monotonic() + _NOWHERE
                while len(self._project_of) > _MOST_DIRECTORIES:
                    del self._project_of[next(iter(self._project_of))]
        return project

    def _changed(self, project: Project) -> None:
        common_dir = project.repository.common_dir
        with self._lock:
            self._generations[common_dir] = self._generation(project) + 1
        self._status.refreshed(project)
        self._get_ready(project)

    def _generation(self, project: Project) -> int:
        return self._generations.get(project.repository.common_dir, 0)

    def _get_ready(self, project: Project) -> None:
        """Make the plans of the files that sessions touched last, since they will probably be edited next."""
        worktrees = {worktree.path: worktree for worktree in project.engine.worktrees()}
        for worktree, path in self._recipients.last_touched(_READY_FILES):
            if worktree in worktrees:
                place = Place(project, worktrees[worktree], path)
                generation = self._generation(project)
                plan = self._plans.of(place, generation)
                if plan:
                    file_at(place, plan).warm()
                self._breaks.get_ready(place, generation)
                self._breaks.warm(project, worktree)

    def _gone(self, project: Project) -> None:
        with self._lock:
            self._project_of = {cwd: entry for cwd, entry in self._project_of.items() if entry[0] is not project}


def _named_files(hook: Hook) -> tuple[str, ...]:
    """The files that a tool's input or result names: absolute, or relative to the hook's directory."""
    if hook.tool == "Bash":
        return tuple(after_tool.command_files(hook))
    if hook.tool in _SEARCHES:
        return tuple(after_tool.searched_files(hook))
    path = edited_path(hook.tool_input)
    return (path,) if path else ()


def _command(hook: Hook) -> tuple[str | None, ...]:
    """The key of a command between the hooks before and after it."""
    return hook.session, hook.agent, str(hook.tool_input.get("command"))
