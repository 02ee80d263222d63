"""What is known of one transcript without keeping its rows."""

from dataclasses import dataclass, field

Usage = tuple[int, int, int, int]  # input, output, cache read, cache written; advisors' included
Message = tuple[int, Usage, str | None]  # index of its first row, usage, the session that paid if that is told

NO_USAGE: Usage = (0, 0, 0, 0)


@dataclass(slots=True)
class Outline:
    """What is known of one transcript so far; only `transcript.fold` changes it.

    Indexes count the rows of the conversation (those that have a uuid) from 0; stamps are ISO 8601, "" where there is none.
    """

    rows: list[str] = field(default_factory=list)  # uuids; empty for tools' results, which always follow their calls
    roots: list[int] = field(default_factory=list)  # indexes of the rows without a parent
    turns: list[tuple[int, str]] = field(default_factory=list)  # index and stamp of what was said to the model besides
    messages: dict[str, Message] = field(default_factory=dict)  # answers, by the API's message id, else by the row's
    edits: list[tuple[int, str, str]] = field(default_factory=list)  # outside `origin`: index, tool call, absolute path
    asked: list[tuple[int, str, str]] = field(default_factory=list)  # such edits whose results have not come yet
    block: int | None = None  # how many rows stand before the first bookkeeping among them; None while all of them do
    queued: str = ""  # when the first prompt was queued, from the bookkeeping before the first root
    snapshot: tuple[str, str] = ("", "")  # of the newest snapshot of files before the first root: stamp, row
    continues: str = (
        ""  # the row that the compaction goes on from which the transcript begins with; it stands elsewhere
    )
    pointer: tuple[str, int] | None = None  # of the last `forkedFrom`: the session it names, how many rows it covers
    name: str | None = None  # a title that was given
    idea: str | None = None  # a title that Claude Code thought up
    prompt: str | None = None  # the beginning of a person's first prompt
    answer: tuple[int, str] | None = None  # the last thing that the model said: index, its last sentence
    owner: str | None = None  # the session that the rows name
    origin: str | None = None  # the first directory that a row names
    cwd: str | None = None  # the last one
    branch: str | None = None  # in the row with `cwd`; None when detached or unknown
    first: str = ""  # stamp of the first row
    last: str = ""  # the newest stamp that goes with a directory
    spared: bool = False  # whether Claude Code never deletes it: its desktop app wrote all rows
    unreadable: int = 0  # rows that are no JSON objects, or have a value that can't be
