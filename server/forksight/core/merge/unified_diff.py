"""Two texts as a unified diff, for people to read."""

from collections.abc import Iterator, Sequence

from forksight.core.merge.diff import Hunk, Text, diff

_CONTEXT = 3
_UNENDED = "\\ No newline at end of file"


def unified(ours: Text, theirs: Text, our_name: str, their_name: str) -> str:
    """The diff from `ours` to `theirs` as `diff -u` prints it; "" if they are equal."""
    if ours.binary or theirs.binary:
        return f"Binary files {our_name} and {their_name} differ\n" if ours.lines != theirs.lines else ""
    hunks = diff(ours, theirs)
    if not hunks:
        return ""
    lines = [f"--- {our_name}", f"+++ {their_name}"]
    for group in _groups(hunks):
        lines += _shown(ours, theirs, group)
    return "\n".join(lines) + "\n"


def changed_lines(ours: bytes, theirs: bytes, most: int) -> tuple[list[str], int]:
    """A region's lines as `-` ours and `+` theirs, at most `most` of each, followed by the number of lines left out."""
    lines: list[str] = []
    left_out = 0
    for mark, part in (("-", ours), ("+", theirs)):
        shown = part.decode("utf-8", "replace").split("\n")
        if not shown[-1]:
            shown.pop()
        lines += [mark + line.rstrip("\r") for line in shown[:most]]
        left_out += max(0, len(shown) - most)
    return lines, left_out


def _groups(hunks: Sequence[Hunk]) -> Iterator[list[Hunk]]:
    """The hunks in groups: those whose context lines would touch or overlap are shown under one header."""
    group = [hunks[0]]
    for hunk in hunks[1:]:
        if hunk.base_start - group[-1].base_end > 2 * _CONTEXT:
            yield group
            group = []
        group.append(hunk)
    yield group


def _shown(ours: Text, theirs: Text, group: Sequence[Hunk]) -> list[str]:
    first, last = group[0], group[-1]
    before = min(_CONTEXT, first.base_start)
    after = min(_CONTEXT, len(ours.lines) - last.base_end)
    old = (first.base_start - before, last.base_end + after)
    new = (first.start - before, last.end + after)
    lines = [f"@@ -{_span(*old)} +{_span(*new)} @@"]
    at = old[0]
    for hunk in group:
        lines += _marked(" ", ours.lines[at : hunk.base_start])
        lines += _marked("-", ours.lines[hunk.base_start : hunk.base_end])
        lines += _marked("+", theirs.lines[hunk.start : hunk.end])
        at = hunk.base_end
    return lines + _marked(" ", ours.lines[at : old[1]])


def _span(start: int, end: int) -> str:
    """A range as a hunk header writes it: 1-based, and an empty range by the line before it."""
    size = end - start
    first = start + 1 if size else start
    return str(first) if size == 1 else f"{first},{size}"


def _marked(mark: str, lines: Sequence[bytes]) -> list[str]:
    marked = []
    for line in lines:
        marked.append(mark + line.removesuffix(b"\n").decode("utf-8", "replace"))
        if line.endswith(b"\n"):  # how an unterminated last line is told from all others
            marked.append(_UNENDED)
    return marked
