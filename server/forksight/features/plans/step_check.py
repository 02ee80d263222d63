"""Checks what a step of a plan may touch, immediately before it runs.

A step may come from the ledger, where a killed process left its plan; its paths and commands are not trusted. A step whose data
has no check here is refused.
"""

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

from forksight.core.cleanup.steps import kept_worktree
from forksight.core.forks.steps import recorded
from forksight.core.git.paths import inside
from forksight.core.land.proposal import Method
from forksight.core.land.steps import former_landing
from forksight.core.plans.plan import Action, Step
from forksight.core.problems import ForksightError
from forksight.core.sessions.ids import is_session_id
from forksight.core.sessions.session import WORKTREE
from forksight.core.store.archives import decode
from forksight.features.context import Context
from forksight.features.git.worktrees import folder_for_worktrees

Data = Mapping[str, Any]
Check = Callable[[Context, Data], None]

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def check(context: Context, step: Step) -> None:
    """Raise `ForksightError` (code `step-refused`) unless a step may run here and now."""
    try:
        for check in CHECKS[step.action]:
            check(context, step.data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _refused(step.detail, "its data are not as this version writes them") from error


def _refused(what: str, why: str) -> ForksightError:
    return ForksightError(f"{what} is not touched: {why}", fix="look at it yourself", code="step-refused")


def _session(_: Context, data: Data) -> None:
    if not is_session_id(data["session"].removeprefix("pending:").removeprefix(WORKTREE)):
        raise _refused(repr(data["session"]), "that is no session's id")


def _fork(_: Context, data: Data) -> None:
    for name in ("launch", "parent"):
        if not is_session_id(data[name]):
            raise _refused(repr(data[name]), "that is no session's id")
    recorded(data)


def _archive(_: Context, data: Data) -> None:
    decode(data["archive"])


def _kept_worktree(_: Context, data: Data) -> None:
    kept_worktree(data)


def _launch(_: Context, data: Data) -> None:
    if not is_session_id(data["launch"]):
        raise _refused(repr(data["launch"]), "that is no session's id")


def _transcript(context: Context, data: Data) -> None:
    """A transcript must be in one of Claude Code's project folders, named after its session's id."""
    _session(context, data)
    transcript, projects = data["transcript"], context.claude.projects
    project = os.path.dirname(transcript)
    if (
        os.path.normpath(transcript) != transcript
        or os.path.dirname(project) != projects
        or os.path.basename(transcript) != f"{data['session']}.jsonl"
    ):
        raise _refused(transcript, f"it is no transcript of session {data['session']} in {projects}")
    if context.files.is_link(project):
        raise _refused(transcript, f"{project} is a link")


def _pattern(_: Context, data: Data) -> None:
    if {"\n", "\0"} & set(data["pattern"]):
        raise _refused(repr(data["pattern"]), "it is more than one line of an exclude file")


def _branch(context: Context, data: Data) -> None:
    context.maker.branch(data["name"])  # raises for what can't be one
    if not _COMMIT.fullmatch(data["commit"]):
        raise _refused(f"the branch {data['name']}", f"{data['commit']!r} is no commit")
    if (data.get("upstream") or "").startswith("-"):
        raise _refused(f"the branch {data['name']}", f"{data['upstream']!r} is no branch")


def _new_worktree(context: Context, data: Data) -> None:
    """A new worktree must be in the folder of the current settings, or where git already lists it."""
    path = data["path"]
    context.maker.branch(data["branch"])  # raises for what can't be one
    listed = any(worktree.path == path and not worktree.main for worktree in context.maker.registered())
    if os.path.normpath(path) != path or not (listed or os.path.dirname(path) == folder_for_worktrees(context)):
        raise _refused(path, f"new worktrees go to {folder_for_worktrees(context)}")


def _worktree_to_go(context: Context, data: Data) -> None:
    """A worktree to remove must be a linked one of this repository, or must not exist any more."""
    path = data["path"]
    place = next((place for place in context.survey.places() if place.worktree.path == path), None)
    if context.files.exists(path) and (place is None or place.worktree.main or place.broken):
        raise _refused(path, "it is no worktree of this repository that may go")
    if "worktree" in data and data["worktree"]["path"] != path:
        raise _refused(path, f"what would be made again lies at {data['worktree']['path']}")


def _worktree_to_come(context: Context, data: Data) -> None:
    """A restored worktree must be neither inside of the git dir nor around it."""
    path, common_dir = data["worktree"]["path"], context.repository.common_dir
    if not os.path.isabs(path) or os.path.normpath(path) != path or inside(common_dir, path):
        raise _refused(path, "no worktree can be there")
    if inside(path, common_dir) and not any(place.worktree.path == path for place in context.survey.places()):
        raise _refused(path, "it lies in the repository's own folder")


def _from_checkout(context: Context, data: Data) -> None:
    """Files must be copied or linked between checkouts of this repository, by paths inside of them."""
    checkouts = [worktree.path for worktree in context.maker.registered()]
    for place in (data["source"], data["target"]):
        if place not in checkouts:
            raise _refused(place, "it is no worktree of this repository")
    for path in (*data.get("paths", ()), *data.get("folders", ())):
        if os.path.isabs(path) or ".." in path.split("/"):
            raise _refused(path, f"it does not lie in {data['source']}")


def _command(context: Context, data: Data) -> None:
    """A set-up command must be the one in the current settings."""
    if data["command"] != context.settings.worktree.setup:
        raise _refused(f"`{data['command']}`", "the setting forksight.worktree.setup says otherwise now")
    if not any(worktree.path == data["worktree"] for worktree in context.maker.registered()):
        raise _refused(data["worktree"], "it is no worktree of this repository")


def _landing(context: Context, data: Data) -> None:
    """A landing must name commits, and the worktree in which its target is checked out."""
    context.maker.branch(data["target"])  # raises for what can't be one
    checkouts = (worktree for worktree in context.maker.registered() if worktree.path == data["worktree"])
    if all(worktree.branch != data["target"] for worktree in checkouts):
        raise _refused(data["worktree"], f"{data['target']} is not checked out there")
    for name in ("commit", "before"):
        if not _COMMIT.fullmatch(data[name]):
            raise _refused(f"the branch {data['target']}", f"{data[name]!r} is no commit")


def _branch_to_land(context: Context, data: Data) -> None:
    _landing(context, data)
    context.maker.branch(data["branch"])
    if data["method"] not in get_args(Method):
        raise _refused(f"the branch {data['target']}", f"{data['method']!r} is no way to land")
    former_landing(data)


def _test_command(context: Context, data: Data) -> None:
    """A test command must be the one in the current settings."""
    if data["command"] != context.settings.land.test:
        raise _refused(f"`{data['command']}`", "the setting forksight.land.test says otherwise now")
    if not any(worktree.path == data["worktree"] for worktree in context.maker.registered()):
        raise _refused(data["worktree"], "it is no worktree of this repository")


CHECKS: Mapping[Action, tuple[Check, ...]] = {
    Action.RESTORE_TRANSCRIPT: (_session,),
    Action.IGNORE_WORKTREES: (_pattern,),
    Action.STOP_IGNORING: (_pattern,),
    Action.CREATE_BRANCH: (_branch,),
    Action.DELETE_BRANCH: (_branch,),
    Action.CREATE_WORKTREE: (_new_worktree,),
    Action.REMOVE_WORKTREE: (),  # the maker looks whether it leads back to this repository
    Action.COPY_FILES: (_from_checkout,),
    Action.LINK_FOLDERS: (_from_checkout,),
    Action.IGNORE_LINK: (_pattern,),
    Action.STOP_IGNORING_LINK: (_pattern,),
    Action.SET_UP: (_command,),
    Action.RECORD_FORK: (_fork,),
    Action.FORGET_FORK: (_launch,),
    Action.CHECK: (),  # looks and touches nothing
    Action.KEEP_TRANSCRIPT: (_transcript,),
    Action.KEEP_WORKTREE: (_kept_worktree,),  # the archive takes what git lists here, and nothing else
    Action.KEEP_COMMITS: (_session,),
    Action.RECORD_ARCHIVE: (_archive,),
    Action.FORGET_ARCHIVE: (_session,),
    Action.DROP_ARCHIVE: (_session,),  # an archive is named by its last part: adapters/store/archive/folder.py
    Action.REMOVE_TRANSCRIPT: (_transcript,),
    Action.CLEAR_WORKTREE: (_worktree_to_go,),
    Action.CLEAR_BRANCH: (_branch,),
    Action.CHECK_RETURN: (_archive,),
    Action.RETURN_TRANSCRIPT: (_transcript,),
    Action.RETURN_WORKTREE: (_worktree_to_come,),
    Action.RETURN_BRANCH: (_branch,),
    Action.CHECK_LANDING: (),
    Action.LAND_FORK: (_branch_to_land,),
    Action.RUN_TESTS: (_test_command,),
    Action.PUT_BACK_TARGET: (_branch_to_land,),
    Action.TAKE_BACK_LANDING: (_landing,),
    Action.PUT_FORWARD_TARGET: (_landing,),
    Action.FORGET_LANDING: (),
}
