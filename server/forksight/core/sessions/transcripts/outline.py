"""The facts of one transcript that are kept without its rows."""

from dataclasses import dataclass, field

Usage = tuple[int, int, int, int]  # input, output, cache read, cache written; advisors' included
Message = tuple[int, Usage, str | None]  # index of its first row, usage, the session that paid if that is told

NO_USAGE: Usage = (0, 0, 0, 0)


@dataclass(slots=True)
class Outline:
    """The facts of one transcript, as far as it was read. Only `transcript.fold` changes it.

    Indexes count the rows of the conversation (those with a uuid) from 0. Stamps are ISO 8601; "" if there is none.
    """

    rows: list[str] = field(default_factory=list)  # uuids; empty for tools' results, which always follow their calls
    roots: list[int] = field(default_factory=list)  # indexes of the rows without a parent
    # Index and stamp of each user row that is no tool's result.
    turns: list[tuple[int, str]] = field(default_factory=list)
    # Answers, by the API's message id or else the row's uuid.
    messages: dict[str, Message] = field(default_factory=dict)
    # Edits outside of `origin`: index, tool call, absolute path.
    edits: list[tuple[int, str, str]] = field(default_factory=list)
    pending_edits: list[tuple[int, str, str]] = field(default_factory=list)  # like `edits`, before their results
    block: int | None = None  # how many rows precede the first bookkeeping row after a root; None without one
    queued: str = ""  # the stamp of the first queued prompt in the bookkeeping before the first root
    snapshot: tuple[str, str] = ("", "")  # the newest file snapshot before the first root: its stamp, its row's uuid
    # If the transcript begins with a compaction: the last row that it summarises, of another transcript.
    continues: str = ""
    pointer: tuple[str, int] | None = None  # the last `forkedFrom`: the session it names, how many rows it covers
    name: str | None = None  # a title that a person gave
    generated_title: str | None = None  # a title that Claude Code made up
    prompt: str | None = None  # the beginning of a person's first prompt
    answer: tuple[int, str] | None = None  # the model's last answer with text: index, last sentence
    session: str | None = None  # the session id in the rows
    origin: str | None = None  # the first directory of any row
    cwd: str | None = None  # the last directory of any row
    branch: str | None = None  # the branch in the same row as `cwd`; None when detached or unknown
    first: str = ""  # the stamp of the first row
    last: str = ""  # the newest stamp of a row with a directory
    exempt_from_cleanup: bool = False  # whether Claude Code never deletes it, because its desktop app wrote all rows
    unreadable: int = 0  # rows that are no JSON objects, or have an invalid value
