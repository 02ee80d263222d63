"""The prompt of a refresh, which asks a fork of the baseline to read what changed and to forget what is gone."""

from collections.abc import Sequence

from forksight.core.baseline.drift import Drift, Fate
from forksight.core.baseline.wording import phrases

TEMPLATE = """\
The project has changed since you learned it. Bring your knowledge up to date; do not change anything.

What changed:
{changes}

Read these files again, each of them completely:
{read}

Forget what you know of these, they are gone:
{forget}

Then say in a few sentences what is different now for whoever goes on from here."""


def prompt(template: str, drift: Drift | None, read: Sequence[str]) -> str:
    """The prompt, from a template with `{changes}`, `{read}` and `{forget}`. Braces in paths are not replaced again."""
    gone = [
        f"{file.path} (now {file.now})" if file.fate is Fate.MOVED else file.path
        for file in (drift.files if drift else ())
        if file.fate is not Fate.CHANGED
    ]
    changes = phrases(drift) if drift else ("it is not known what changed",)
    filled = {
        "changes": "\n".join(f"- {change}" for change in changes),
        "read": "\n".join(read),
        "forget": "\n".join(gone),
    }
    parts = [template or TEMPLATE]
    for name, text in filled.items():
        split: list[str] = []
        for number, part in enumerate(parts):
            # What was filled in stands at the odd places: it is not looked into again.
            split += [part] if number % 2 else _between(part.split(f"{{{name}}}"), text or "(nothing)")
        parts = split
    return "".join(parts)


def _between(parts: Sequence[str], text: str) -> list[str]:
    joined = [parts[0]]
    for part in parts[1:]:
        joined += [text, part]
    return joined
