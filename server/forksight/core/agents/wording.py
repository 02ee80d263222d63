"""The sentences that agents are told, and the lines that the person who watches them sees. Times are local."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeGuard

from forksight.core.agents.other_edits import OtherEdit, by_place
from forksight.core.git.snapshot import Worktree
from forksight.core.overlaps.overlap import Kind, Lines, Region, Side
from forksight.core.overlaps.wording import when, who
from forksight.core.problems import ForksightError
from forksight.core.sessions.session import LiveProcess, Mark
from forksight.core.sessions.wording import live_clause
from forksight.core.store.ledger import Generation
from forksight.core.words import shell
from forksight.core.words.terminal import printable

MOST_LINES = 20  # of the other side's version
_WIDEST = 200  # characters of a line
MOST_PLACES = 8  # told at once; of the others only how many
_MOST = 10**9  # tokens or dollars, which no session costs
_MOST_TEXTS = 3  # of one place; the other worktrees that change it are only named

_WHOLE = {  # what others did to a file, where no lines can be named
    Kind.ADD_ADD: "is also added in {who} ({when})",
    Kind.MODIFY_DELETE: "is deleted in {who} ({when})",
    Kind.RENAME: "is moved, renamed or deleted differently in {who} ({when})",
    Kind.BINARY: "is a binary file that is also changed in {who} ({when})",
    Kind.SUBMODULE: "is a submodule that is also moved in {who} ({when})",
    Kind.TYPE: "has another type or mode, or a folder in its place, in {who} ({when})",
}
_ALSO = "is also changed in {who} ({when})"

Workers = Mapping[str, Sequence[LiveProcess]]  # the live sessions in each worktree, by its path


def place(path: str, lines: Lines | None) -> str:
    """`app.py`, `app.py:5`, `app.py:5-7`; of an empty place `app.py, after line 4`."""
    name = printable(path)
    if lines is None:
        return name
    if lines.start == lines.end:
        return f"{name}, after line {lines.start}" if lines.start else f"{name}, before line 1"
    return f"{name}:{lines.start + 1}" + (f"-{lines.end}" if lines.end - lines.start > 1 else "")


def sentence(edit: OtherEdit, today: datetime, workers: Workers) -> str:
    """One edit of other worktrees as a sentence, without its lines and without a full stop."""
    change = _ALSO if edit.lines is not None else _WHOLE.get(edit.kind, _ALSO)
    return f"{place(edit.path, edit.lines)} {change.format(who=_names(edit.others), when=_when(edit.others, today, workers))}"


def with_their_lines(edit: OtherEdit, today: datetime, workers: Workers) -> str:
    """The `sentence` of an edit, followed by the other side's lines."""
    text = sentence(edit, today, workers)
    lineless = edit.lines is None and not edit.theirs
    return f"{text}." if lineless else f"{text}:\n{their_lines(edit.theirs)}"


def their_lines(theirs: bytes) -> str:
    """The other side's lines, each prefixed with a bar, so that nobody takes them for this side's."""
    if not theirs:
        return "  | (these lines are deleted there)"
    lines = theirs.removesuffix(b"\n").split(b"\n")
    shown = [f"  | {_line(line)}".rstrip() for line in lines[:MOST_LINES]]
    more = len(lines) - MOST_LINES
    return "\n".join([*shown, *([f"  | ({more} more {'line' if more == 1 else 'lines'})"] if more > 0 else [])])


def seen_text(edits: Sequence[OtherEdit], today: datetime, workers: Workers) -> str:
    """The report to an agent about the files that it has just read."""
    places = by_place(edits)
    return "\n".join([*(_place_text(place, today, workers) for place in places[:MOST_PLACES]), *rest(len(places))])


def _place_text(edits: Sequence[OtherEdit], today: datetime, workers: Workers) -> str:
    texts = [with_their_lines(edit, today, workers) for edit in edits[:_MOST_TEXTS]]
    others = tuple(side for edit in edits[_MOST_TEXTS:] for side in edit.others)
    more = [f"{place(edits[0].path, edits[0].lines)} is changed in other ways in {_names(others)}."] if others else []
    return "\n".join([*texts, *more])


def news_text(edits: Sequence[OtherEdit], today: datetime, workers: Workers) -> str:
    """The report to an agent about new edits of files that its session has touched."""
    return f"Other worktrees edit files that this session works with.\n{seen_text(edits, today, workers)}"


def refusal_text(edits: Sequence[OtherEdit], today: datetime, workers: Workers) -> str:
    """Why an edit was refused because of other edits, and what the agent should do."""
    names = _names(tuple(dict.fromkeys(side.at(Lines(0, 1)) for edit in edits for side in edit.others)))
    return (
        f"Nothing was written, because merging would conflict. {seen_text(edits, today, workers)}\n"
        f"Leave these lines as they are, make the same change as {names}, or repeat this call if it must stand: "
        "it goes through then."
    )


def conflict_text(regions: Sequence[tuple[Region, bool]], today: datetime, workers: Workers) -> str:
    """The report about conflicts that an agent's change on disk has made. Regions paired with True are shown with their lines."""
    sentences = []
    for region, with_lines in regions[:MOST_PLACES]:
        lines = None if not region.theirs and not region.ours else region.lines
        names = f"{_names(region.others)} ({_when(region.others, today, workers)})"
        text = f"{place(region.path, lines)} conflicts now with {names}: merging will stop there"
        sentences.append(
            f"{text}. Their version:\n{their_lines(region.theirs)}" if with_lines and lines else f"{text}."
        )
    return "\n".join([*sentences, *rest(len(regions))])


def outside_text(path: str, own_path: str, worktree: Worktree, own: Worktree, *, there: bool) -> str:
    """Why an edit in another worktree was refused. `own_path` is the file in the agent's own worktree, `there` if it exists."""
    its = "That file is" if there else "There that file would be"
    return (
        f"Nothing was written: {printable(path)} is in {_named(worktree)}, and you work in {_named(own)}. "
        f"{its} {printable(own_path)}: edit it there. Repeat this call only if the other worktree is meant: it goes through then."
    )


def outside_context(path: str, own_path: str, worktree: Worktree, own: Worktree) -> str:
    """The note to an agent whose edit in another worktree is allowed. `own_path` is the same file in its own worktree."""
    return f"{printable(path)} is in {_named(worktree)}, and you work in {_named(own)}, where that file is {printable(own_path)}."


def outside_message(path: str, worktree: Worktree, own: Worktree, *, refused: bool) -> str:
    """The line that the person sees when an agent was told that a file is in another worktree."""
    edited = "was not edited" if refused else "is edited"
    return f"{printable(path)} {edited}: it is in {_named(worktree)}, and this session works in {_named(own)}"


def changed_outside(paths: Sequence[str], worktree: Worktree, own: Worktree, *, named: bool) -> str:
    """The note to an agent that its shell command changed files of another worktree. `paths` are relative to that worktree."""
    shown = ", ".join(printable(path) for path in paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
    if named:
        return f"That command changed {shown} in {_named(worktree)}. You work in {_named(own)}."
    return (
        f"While that command ran, {shown} changed in {_named(worktree)}, where no other session is known to work. "
        f"You work in {_named(own)}."
    )


def message(edits: Iterable[OtherEdit], today: datetime, workers: Workers) -> str:
    """The line that the person sees when an agent was told of these edits."""
    places = [sentence(edit, today, workers) for edit in edits]
    more = len(places) - 1
    return f"{places[0]}" + (f", and {more} more {'place' if more == 1 else 'places'}" if more else "")


def _names(others: tuple[Side, ...]) -> str:
    return printable(who(others))


def _named(worktree: Worktree) -> str:
    kind = "the main checkout" if worktree.main else f"the worktree of {printable(worktree.label)}"
    return f"{kind} ({printable(worktree.path)})"


def _when(others: Sequence[Side], today: datetime, workers: Workers) -> str:
    side = next((side for side in others if side.uncommitted), others[0])
    sessions = workers.get(side.worktree, ())
    return ", ".join([when(side, today), *(f"its session {live_clause(sessions[0])}" for _ in sessions[:1])])


def _line(line: bytes) -> str:
    text = line.rstrip(b"\r").decode("utf-8", "replace").expandtabs(4)
    return printable(text[:_WIDEST]) + ("…" if len(text) > _WIDEST else "")


def rest(count: int) -> list[str]:
    """A line that says how many places were left out; none if all were shown."""
    more = count - MOST_PLACES
    return [f"({more} more {'place' if more == 1 else 'places'})"] if more > 0 else []


def company(processes: Sequence[LiveProcess]) -> str:
    """The note to a starting session that other sessions work in its worktree."""
    names = " and ".join(sorted(f"“{printable(process.name or process.session)}”" for process in processes))
    works = "works" if len(processes) == 1 else "work"
    return f"Another Claude Code session {works} in this worktree at the same time ({names}): edits mix."


def behind(main: str, own: Worktree, commits: int) -> str:
    """The note that the main branch has `commits` commits that the worktree lacks."""
    many = "1 commit" if commits == 1 else f"{commits} commits"
    return f"{printable(main)} has {many} that {printable(own.label)} does not have."


def superseded(mark: Mark, current: Generation) -> str:
    """The note to a fork of a baseline that has a newer generation."""
    newer = (
        f"generation {current.number} knows more: `claude --resume {current.session} --fork-session` starts from that"
    )
    return f"This fork began with generation {mark.generation} of {printable(mark.name)}, and {newer}."


def stale(name: str, reasons: Sequence[str]) -> str:
    """The note that a baseline is stale, and why."""
    return f"The baseline {printable(name)} is stale: {printable('; '.join(reasons))}."


def branch_stays(path: str, branch: str, error: ForksightError) -> str:
    """The sentence about a subagent's worktree that was removed, and its branch that could not be deleted with it."""
    delete = shell.join(["git", "branch", "-D", branch])
    return printable(
        f"The worktree {path} was removed; its branch {branch} stays, since {error.sentence}; then `{delete}` deletes it."
    )


def outdated(program: str, plugin: str) -> list[str]:
    """The note that the program is older than the plugin that calls it, from their versions ("0.2.0"; the plugin's may be empty)."""
    if _numbers(program) >= _numbers(plugin):
        return []
    return [
        f"Forksight {program} is older than its plugin ({plugin}), so agents may be told less. In an up-to-date checkout of its "
        "repository: uv tool install --force . (or pipx install --force .), then start Claude Code again."
    ]


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


def cold_cache(fields: Mapping[str, Any]) -> list[str]:
    """The note about what the first answer costs with a cold prompt cache, from the fields of a SessionStart hook."""
    tokens, price = fields.get("context_tokens"), fields.get("estimated_cache_write_usd")
    if fields.get("prompt_cache_likely_expired") is not True or not _is_amount(tokens):
        return []
    money = f", about ${price:.2f}" if _is_amount(price) else ""
    return [
        f"Its prompt cache has likely expired: the first answer pays for {tokens:,.0f} tokens of context again{money}."
    ]


def _is_amount(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _MOST
