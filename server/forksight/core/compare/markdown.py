"""A comparison as a Markdown document, for an editor."""

from collections.abc import Callable

from forksight.core.compare.comparison import Comparison, ForkPair
from forksight.core.compare.document import place
from forksight.core.compare.wording import break_lines, met_before, met_lines, rows, verdict
from forksight.core.words.markdown import code, escaped, linked, markdown_table

_MOST = 30  # files listed of one pair


def markdown(result: Comparison, link: Callable[[str], str]) -> str:
    """The comparison as a document; `link` makes a URI of a path, so that files can be opened from it."""
    names = [code(fork.label) for fork in result.forks]
    lines = [f"# {' and '.join(escaped(fork.label) for fork in result.forks)}", ""]
    if result.ancestor is not None:
        lines += [f"Forks of “{escaped(result.ancestor.title)}”, from commit {(result.base or 'none')[:10]}.", ""]
    lines += markdown_table(["", *names], [[escaped(title), *row] for title, row in rows(result)])
    for pair in result.pairs:
        lines += ["", *_shared(pair, result, link)]
    if len(result.order) > 1:
        lines += ["", *_order(result)]
    if result.problems:
        lines += ["", "## Not covered", "", *(f"- {escaped(problem.message)}" for problem in result.problems)]
    return "\n".join([*lines, ""])


def _shared(pair: ForkPair, result: Comparison, link: Callable[[str], str]) -> list[str]:
    forks = result.forks[pair.a], result.forks[pair.b]
    lines = [
        f"## {escaped(forks[0].label)} and {escaped(forks[1].label)}",
        "",
        f"Merging them: {verdict(pair.stops, pair.breaks)}.",
        "",
    ]
    lines += [f"- {escaped(line)}" for line in break_lines(pair.breaks)[:_MOST]]
    if not pair.shared:
        return [*lines, *([""] if pair.breaks else []), "No file was changed by both."]
    for shared in pair.shared[:_MOST]:
        phrases = [f"{shared.kind.value}" if shared.kind else "merges"]
        phrases += met_lines(shared)
        places = [(fork.label, place(fork, shared.path)) for fork in forks]
        links = [linked(label, link(place)) for label, place in places if place is not None]
        lines.append(f"- {code(shared.path)}: {', '.join(phrases)}" + (f" ({', '.join(links)})" if links else ""))
    return [*lines, *([f"- and {len(pair.shared) - _MOST} more"] if len(pair.shared) > _MOST else [])]


def _order(result: Comparison) -> list[str]:
    lines = ["## Merge order", "", f"{escaped(result.order_title)}, for the fewest merges that stop:", ""]
    for number, merge in enumerate(result.order, 1):
        met = [f", {how} {', '.join(map(code, who))}" for how, who in met_before(result, merge)]
        lines.append(f"{number}. {code(result.candidates[merge.branch].label)}{''.join(met)}")
    return lines
