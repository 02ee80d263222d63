"""Whether a session is fit to be a baseline. Every fork of it inherits its whole context, and pays for it again."""

from dataclasses import dataclass

from forksight.core.sessions.session import Activity
from forksight.core.words.quantities import many

FAILED_SHARE = 0.2  # of all tool calls
ERROR_SHARE = 0.25  # of all characters that tools answered with
ERROR_TEXT = 2_000  # characters; less is no noise, whatever its share
LONG = 400_000  # characters of tool results: about half of a 200,000-token context


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a session is doubtful."""

    code: str
    message: str
    # The lines of its transcript that say so, 1-based.
    rows: tuple[int, ...] = ()


def doubts(activity: Activity) -> tuple[Reason, ...]:
    """The reasons against forking from a session; () if it is fit."""
    reasons = []
    failed, calls = len(activity.failed), activity.tool_calls
    rows = tuple(tool.row for tool in activity.failed)
    if failed and failed >= FAILED_SHARE * calls:
        reasons.append(Reason("failed-tools", f"{failed} of its {many(calls, 'tool call')} failed", rows))
    if activity.error_text >= max(ERROR_TEXT, ERROR_SHARE * activity.text):
        share = round(100 * activity.error_text / max(1, activity.text))
        reasons.append(Reason("error-text", f"{share} % of what its tools answered is error text", rows))
    if activity.edits:
        files = sorted({edit.path for edit in activity.edits})
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        text = f"it edited {files[0]}{more}: every fork would remember changes that its branch may not have"
        reasons.append(Reason("edits", text, tuple(edit.row for edit in activity.edits)))
    if activity.compactions:
        times = many(len(activity.compactions), "time")
        reasons.append(
            Reason("compacted", f"it was compacted {times}: what it read before is a summary", activity.compactions)
        )
    if activity.text > LONG:
        size = round(activity.text / 4_000)
        reasons.append(
            Reason("long", f"its tool results alone are about {size},000 tokens, which every fork starts with")
        )
    if not activity.files_read:
        reasons.append(Reason("nothing-read", "it has read no file: its forks know nothing of the project"))
    return tuple(reasons)
