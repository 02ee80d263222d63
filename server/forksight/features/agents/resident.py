"""What stays with a session of Claude Code and answers its hooks: the overlap engine, kept current as for an editor."""

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
from forksight.features.agents.before_edit import before_edit
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
_CATCHING_UP = ("UserPromptSubmit", "SubagentStart")  # what is new is told then, up to this moment
_READY_FILES = 3  # of each session, whose plans are made before they are asked for
_MOST_PLACES = 200  # directories whose repository is remembered
_NOWHERE = 5.0  # seconds after which a directory outside of any repository is looked at again
_MOST_COMMANDS = 50  # that run at once, as far as is remembered what was there before them


class Resident:
    """Answers the hooks of one process of Claude Code. Every method may be called from any thread."""

    def __init__(
        self,
        workbench: Workbench,
        failed: Callable[[str, Exception], object],
        budget: float,
        settings: "Settings | None" = None,
    ) -> None:
        """`failed` hears what went wrong: what was tried, and why. `budget`: seconds that a command's answer may take.

        Without `settings` those in force for each repository count.
        """
        self._workbench = workbench
        self._failed = failed
        self._budget = budget
        self._recipients = Recipients(workbench.told_facts)
        self._early = EarlyFiles()
        self._plans = Plans()
        self._breaks = BreakSearch(budget / 4)
        self._lock = threading.Lock()
        self._places: dict[str, tuple[Project | None, float]] = {}  # by directory; until when none is none
        self._generations: dict[str, int] = {}  # by common dir
        self._before: dict[tuple[str | None, ...], after_tool.Snapshots] = {}  # by session, agent and command
        self._projects = Projects(workbench, self._changed, failed, self._gone)
        self._projects.settings = settings
        self._status = KeepingThread(self._projects, failed)
        self._status.start()

    def warm(self, cwd: str) -> None:
        """Get ready for what will be asked about a directory: begin to follow its repository."""
        with suppress(ForksightError):
            self._project(cwd)
        self._workbench.told_facts.tidy()

    def knows(self, cwd: str) -> bool:
        """Whether all of a directory's repository has been looked at, as far as is known by now."""
        project, _ = self._places.get(cwd, (None, 0.0))
        return project is not None and bool(project.engine.worktrees()) and not project.follower.unseen()

    def answer(self, fields: object, reply: Callable[[Plain], bool]) -> None:
        """Reply to a hook with its JSON, `{}` for nothing: whatever goes wrong, Claude Code goes on as without it.

        `reply` says whether it was in time. What came too late, no agent was told.
        """
        hook = read_hook(fields)
        if hook is None:
            reply({})
            return
        telling = Telling(self._recipients.of(hook))
        try:
            in_time = reply(document(hook.event, self._answer(hook, telling)))
        except Exception as error:  # noqa: BLE001 - nothing of ours may stop an agent
            self._failed(f"answer {hook.event} {hook.tool}".rstrip(), error)
            reply({})
            in_time = False
        if in_time:
            telling.read()
        else:
            telling.unread()

    def close(self) -> None:
        """Follow nothing any more."""
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
            return answer or self._late(call)
        if call.hook.event == "PostToolUseFailure":
            return NOTHING
        if tool in EDITS:
            return after_tool.after_edit(call)
        return after_tool.after_search(call) if tool in _SEARCHES else after_tool.after_read(call)

    def _late(self, call: Call) -> Answer:
        """Nothing of what is still being put together will be read."""
        call.recipient.unread()
        return NOTHING

    def _catch_up(self, project: Project) -> None:
        """See what has changed by now, as far as there is time for it."""

        def job() -> Answer:
            project.follower.catch_up()
            return NOTHING

        if project.follower.unseen():
            self._on_follower(project, job)

    def _on_follower(self, project: Project, work: Callable[[], Answer]) -> Answer | None:
        """What a job on the follower's thread answers; None if it takes too long."""
        future: Future[Answer] = Future()

        def job() -> None:
            try:
                future.set_result(work())
            except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
                future.set_exception(error)

        project.follower.submit(job)
        try:
            return future.result(self._budget)
        except TimeoutError:
            return None

    def _call(self, hook: Hook, telling: Telling) -> Call | None:
        """The call in its repository; None outside of any, or before it was looked at."""
        project = self._project(hook.cwd)
        if project is None:
            return None
        if not project.engine.worktrees():  # the session has just begun: wait for the first scan
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
        """The session works with the files that it named before its worktree was known."""
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
                if file.edited:  # conflicts there may have come with that
                    agent = self._recipients.of(replace(call.hook, agent=file.agent))
                    agent.note([f"conflicts of {own.path}/{place.path}"])
        after_tool.note_seen(call, seen)
        if later:
            self._early.put_back(common_dir, session, later)

    def _project(self, cwd: str) -> Project | None:
        known, until = self._places.get(cwd, (None, 0.0))
        if known is None and time.monotonic() >= until:  # it may have become a repository
            known = self._projects.project(os.path.realpath(cwd))
            with self._lock:
                self._places[cwd] = known, time.monotonic() + _NOWHERE
                while len(self._places) > _MOST_PLACES:
                    del self._places[next(iter(self._places))]
        return known

    def _changed(self, project: Project) -> None:
        common_dir = project.repository.common_dir
        with self._lock:
            self._generations[common_dir] = self._generation(project) + 1
        self._status.refreshed(project)
        self._get_ready(project)

    def _generation(self, project: Project) -> int:
        return self._generations.get(project.repository.common_dir, 0)

    def _get_ready(self, project: Project) -> None:
        """Make the plans of files that will be edited next: those that were touched last."""
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
            self._places = {cwd: known for cwd, known in self._places.items() if known[0] is not project}


def _named_files(hook: Hook) -> tuple[str, ...]:
    """The files that a tool is called for, or has found: absolute, or relative to where it runs."""
    if hook.tool == "Bash":
        return tuple(after_tool.command_files(hook))
    if hook.tool in _SEARCHES:
        return tuple(after_tool.searched_files(hook))
    path = edited_path(hook.tool_input)
    return (path,) if path else ()


def _command(hook: Hook) -> tuple[str | None, ...]:
    return hook.session, hook.agent, str(hook.tool_input.get("command"))
