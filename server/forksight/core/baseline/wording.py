"""A baseline's drift in words."""

import posixpath
from collections import Counter
from collections.abc import Sequence

from forksight.core.baseline.drift import Drift, ReadFile

_NAMED = 3  # names in a sentence; the others are counted


def phrases(drift: Drift) -> tuple[str, ...]:
    """The drift in phrases, the most important first; () without drift."""
    phrases = []
    if drift.files:
        files = f"{len(drift.files)} of the {drift.read} files" if drift.read > 1 else "the one file"
        phrases.append(f"{files} it read changed{_where_most_lie(drift.files)}")
    if drift.commits:
        commits = f"{drift.commits:,} {'commit' if drift.commits == 1 else 'commits'}"
        phrases = ["; ".join([commits, *phrases])]
    if drift.rules:
        phrases.append(f"{_listed(drift.rules)} changed")
    if drift.folders:
        phrases.append(f"new: {_listed([f'{folder}/' for folder in drift.folders])}")
    return tuple(phrases)


def _where_most_lie(files: Sequence[ReadFile]) -> str:
    """The end of a sentence that names the innermost folder with more than half of the files; empty if there is none."""
    if len(files) < 2:
        return ""
    counts: Counter[str] = Counter()
    for file in files:
        folder = file.path
        while folder := posixpath.dirname(folder):
            counts[folder] += 1
    holding_most = [folder for folder, count in counts.items() if 2 * count > len(files)]
    if not holding_most:
        return ""
    folder = max(holding_most, key=lambda folder: folder.count("/"))
    return f", {'all' if counts[folder] == len(files) else 'most'} in {folder}"


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:_NAMED])
    if len(names) > _NAMED:
        return f"{', '.join(shown)} and {len(names) - _NAMED} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
