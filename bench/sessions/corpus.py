"""Makes many transcripts, and knows the truth about them: which session was forked from which, and which paid for which tokens.

`python -m bench.sessions.corpus FOLDER SHAPE` makes them and prints the truth. It is a process of its own, so that its memory is not
counted as that of programs measured later. One shape has big tool results, the other short rows with much bookkeeping between them, as
Claude Code 2.1.332 writes them.

Rows have the form that Claude Code writes (mostly 2.1.330, for every eighth family 2.1.197), with keys in its order and no blanks
after colons. Everything is determined by the seed.
"""

import json
import random
import subprocess
import sys
import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
WORKTREES = 20
Usage = tuple[int, int, int, int]  # input, output, cache read, cache write
# Rows of bookkeeping, up to the id of the session, which ends each.
NOTES = (
    b'{"type":"last-prompt","lastPrompt":"go on with the next step of the plan","leafUuid":"00000000-0000-4000-8000-000000000000",',
    b'{"type":"api-request","requestIndex":7,"message":{"role":"user","content":[{"type":"text","text":"<system-reminder>\\nAs you answer the '
    b'user\'s questions, you can use the following context.\\n</system-reminder>"}]},"timestamp":"2026-03-02T09:00:00.000Z",',
    b'{"type":"mode","mode":"normal",',
    b'{"type":"cost-state","total":{"usd":1.25,"input_tokens":8123,"output_tokens":512},"models":{"claude-opus-5-5":{"usd":1.25}},',
)


@dataclass
class Line:
    """One row of a transcript, up to the fields that differ by session (cwd, id)."""

    head: bytes
    payer: str = ""  # the id of the session that paid for it; "" in rows without tokens
    message: str = ""  # the id of an assistant's message; "" in other rows
    turn: int = 0


@dataclass
class Truth:
    """The truth about one session."""

    id: str
    parent: str | None
    worktree: str
    own: dict[str, Usage] = field(default_factory=dict)
    rows: list[Line] = field(default_factory=list)
    inherited: int = 0
    old: bool = False
    clock: datetime = START
    size: int = 0


@dataclass(frozen=True)
class Answer:
    """What `forksight tree` must say of one session: its parent, its rows and the tokens that it paid."""

    id: str
    parent: str | None
    own: int
    inherited: int
    input: int
    output: int
    cache_read: int
    cache_write: int


@dataclass(frozen=True)
class Shape:
    """The form of a set of transcripts."""

    sessions: int
    size: int  # bytes of all transcripts, about
    longest: int  # bytes of a text, at most
    notes: int  # rows of bookkeeping for each answer


SHAPES = {"long": Shape(1400, 500_000_000, 200_000, 0), "short": Shape(873, 301_000_000, 220, 4)}


class Writer:
    """Makes sessions; see `generate`."""

    def __init__(self, root: Path, shape: Shape, seed: int) -> None:
        self.shape = shape
        self.random = random.Random(seed)
        self.root = root
        self.text = self._text()
        self._last: str | None = None  # the row that the next one continues

    def uuid(self) -> str:
        """A fresh id."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def _text(self) -> list[bytes]:
        words = [
            "return",
            "self",
            "value",
            "for",
            "in",
            "config",
            "user",
            "None",
            "import",
            "path",
            "==",
            "(item)",
            "{}",
        ]
        lines = (" ".join(self.random.choices(words, k=self.random.randint(3, 14))) for _ in range(4000))
        return [json.dumps(f'    "{line}"\n')[1:-1].encode() for line in lines]

    def content(self, size: int) -> bytes:
        """About `size` bytes of source text, escaped for JSON, but at most as many as the shape allows."""
        size = min(size, self.shape.longest)
        count = max(1, size // 60)
        start = self.random.randrange(max(1, len(self.text) - min(count, len(self.text) - 1)))
        return b"".join(self.text[start : start + count])

    def turn(self, session: Truth) -> None:
        """Add a turn to a session: one prompt, some tool calls and an answer."""
        chance = self.random
        rows, parent = session.rows, self._last if session.rows else None
        number = rows[-1].turn + 1 if rows else 0

        def add(kind: str, body: bytes, payer: str = "", message: str = "", gap: float = 2.0) -> None:
            nonlocal parent
            session.clock += timedelta(seconds=chance.uniform(0.01, gap))
            identity = self.uuid()
            above = f'"{parent}"' if parent else "null"
            stamp = session.clock.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            if kind == "user":
                head = (
                    f'{{"parentUuid":{above},"isSidechain":false,"promptId":"{self.uuid()}","type":"user","message":'.encode()
                    + body.replace(b"@ID", identity.encode()).replace(b"@TS", stamp.encode())
                )
            else:
                head = (
                    f'{{"parentUuid":{above},"isSidechain":false,'.encode()
                    + body
                    + f',"type":"{kind}","uuid":"{identity}","timestamp":"{stamp}"'.encode()
                )
            rows.append(Line(head, payer, message, number))
            parent = identity

        tail = b',"uuid":"@ID","timestamp":"@TS"'
        prompt = self.content(300)
        add("user", b'{"role":"user","content":"' + prompt + b'"}' + tail + b',"promptSource":"typed"', gap=600)
        if number == 0:
            for size in (800, 1200, 3800, 13000):
                add("attachment", b'"attachment":{"type":"listing","content":"' + self.content(size) + b'"}', gap=0.01)
        for _ in range(chance.randint(2, 7)):
            calls = 2 if chance.random() < 0.2 else 1
            message, usage = f"msg_{chance.getrandbits(96):024x}", self._usage(number)
            session.own[message] = usage
            tools = [f"toolu_{chance.getrandbits(96):024x}" for _ in range(calls)]
            for at, tool in enumerate(tools):
                shown = usage if at == calls - 1 else (usage[0], 1, usage[2], usage[3])
                path = f"src/module_{chance.randrange(400)}.py"
                use = f'{{"type":"tool_use","id":"{tool}","name":"Read","input":{{"file_path":"{path}"}}}}'
                add("assistant", self._assistant(message, use.encode(), shown, "tool_use"), session.id, message)
            for tool in tools:
                text = self.content(int(min(200_000, chance.lognormvariate(7.2, 1.1))))
                result = b'{"role":"user","content":[{"tool_use_id":"%b","type":"tool_result","content":"%b"}]}' % (
                    tool.encode(),
                    text,
                )
                file = (
                    b',"toolUseResult":{"type":"text","file":{"filePath":"src/module.py","content":"%b","numLines":9}}'
                )
                add("user", result + tail + file % text)
        message, usage = f"msg_{chance.getrandbits(96):024x}", self._usage(number)
        session.own[message] = usage
        text = b'{"type":"text","text":"' + self.content(900) + b'"}'
        add("assistant", self._assistant(message, text, usage, "end_turn"), session.id, message)
        self._last = parent

    def _usage(self, turn: int) -> Usage:
        chance = self.random
        return (
            chance.randint(3, 60),
            chance.randint(20, 900),
            14_000 + 900 * turn + chance.randint(0, 500),
            chance.randint(50, 3000),
        )

    @staticmethod
    def _assistant(message: str, content: bytes, usage: Usage, stop: str) -> bytes:
        return (
            f'"message":{{"id":"{message}","type":"message","role":"assistant","model":"claude-opus-5-5","content":['.encode()
            + content
            + (
                f'],"stop_reason":"{stop}","stop_sequence":null,"usage":{{"input_tokens":{usage[0]},'
                f'"cache_creation_input_tokens":{usage[3]},"cache_read_input_tokens":{usage[2]},"output_tokens":{usage[1]},'
                '"server_tool_use":{"web_search_requests":0,"web_fetch_requests":0},"service_tier":"standard",'
                f'"cache_creation":{{"ephemeral_1h_input_tokens":0,"ephemeral_5m_input_tokens":{usage[3]}}}}}}},'
                '"requestedModel":"claude-opus-5-5","effort":"medium","madeBy":"model"'
            ).encode()
        )

    def fork(self, parent: Truth, worktree: tuple[str, str]) -> Truth:
        """A fork that begins after one of the parent's turns, not always the last. `worktree` is its path and branch."""
        first, last = parent.rows[parent.inherited].turn, parent.rows[-1].turn
        turn = last if self.random.random() < 0.5 else self.random.randint(first, last)
        child = Truth(self.uuid(), parent.id, worktree[0], old=parent.old)
        child.rows = [row for row in parent.rows if row.turn <= turn]
        child.inherited = len(child.rows)
        child.clock = datetime.fromisoformat(_stamp(child.rows[-1].head)) + timedelta(minutes=1)
        self._last = _uuid(child.rows[-1].head)
        return child

    def write(self, session: Truth, branch: str) -> None:
        """Write the session's transcript."""
        folder = self.root / "claude" / "projects" / "".join(c if c.isalnum() else "-" for c in session.worktree)
        folder.mkdir(parents=True, exist_ok=True)
        version = "2.1.197" if session.old else "2.1.330"
        tail = (
            f',"userType":"external","entrypoint":"cli","cwd":"{session.worktree}","sessionId":"{session.id}",'
            f'"version":"{version}","gitBranch":"{branch}"'
        ).encode()
        first = session.rows[session.inherited] if session.parent else session.rows[0]
        moment = _stamp(first.head)
        own = f'"sessionId":"{session.id}"}}\n'
        lines = [f'{{"type":"mode","mode":"normal",{own}'.encode()]
        lines += [
            f'{{"type":"queue-operation","operation":"{operation}","timestamp":"{moment}",{own}'.encode()
            for operation in ("enqueue", "dequeue")
        ]
        title = f'{{"type":"custom-title","customTitle":"session {session.id[:8]}",{own}'.encode()
        turn = 0
        for index, row in enumerate(session.rows):
            if row.turn != turn:
                if index > session.inherited:
                    lines.append(title)
                turn = row.turn
            if row.message:
                lines += [note + own.encode() for note in NOTES[: self.shape.notes]]
            inherited = index < session.inherited and row.message and not session.old
            lines.append(
                row.head + tail + (f',"requestSessionId":"{row.payer}"'.encode() if inherited else b"") + b"}\n"
            )
        lines.append(title)
        session.size = (folder / f"{session.id}.jsonl").write_bytes(b"".join(lines))


def _uuid(head: bytes) -> str:
    at = head.rindex(b'"uuid":"', 0, head.rindex(b'"timestamp":"')) + 8
    return head[at : at + 36].decode()


def _stamp(head: bytes) -> str:
    at = head.rindex(b'"timestamp":"') + 13
    return head[at : at + 24].decode()


def _git(cwd: Path, *args: str) -> None:
    subprocess.run(
        ["git", "-C", cwd, "-c", "user.name=b", "-c", "user.email=b@b", *args], check=True, capture_output=True
    )


def generate(root: Path, shape: Shape, seed: int = 7) -> list[Truth]:
    """Make a repository with worktrees at `root`/repo and its transcripts at `root`/claude, half of them forks; returns the truth."""
    writer = Writer(root, shape, seed)
    repo = root / "repo"
    repo.mkdir(parents=True)
    _git(repo, "init", "-q", "-b", "main")
    _git(repo, "commit", "-q", "--allow-empty", "-m", "start")
    places = [(str(repo), "main")]
    for number in range(WORKTREES - 1):
        worktree = root / "worktrees" / f"topic-{number}"
        _git(repo, "worktree", "add", "-q", "-b", worktree.name, str(worktree))
        places.append((str(worktree), worktree.name))
    branches = dict(places)
    truth: list[Truth] = []
    share = shape.size // shape.sessions
    beside = 260 + 120 * shape.notes  # bytes of a row, about, that are not in its head
    for number in range(shape.sessions):
        place = places[number % len(places)]
        target = share * writer.random.uniform(0.4, 1.6)
        if number % 2 and truth:
            parent = truth[-1] if writer.random.random() < 0.3 else truth[writer.random.randrange(len(truth))]
            session = writer.fork(parent, place)
        else:
            started = START + timedelta(minutes=20 * number)
            session = Truth(writer.uuid(), None, place[0], old=number % 16 == 0, clock=started)
        grown = sum(len(row.head) + beside for row in session.rows)
        while True:
            before = len(session.rows)
            writer.turn(session)
            grown += sum(len(row.head) + beside for row in session.rows[before:])
            if grown > target:
                break
        writer.write(session, branches[session.worktree])
        truth.append(session)
    return truth


def answers(truth: list[Truth]) -> list[Answer]:
    """The truth as `forksight tree` must show it."""
    return [
        Answer(
            session.id,
            session.parent,
            len(session.rows) - session.inherited,
            session.inherited,
            *map(sum, zip(*session.own.values(), strict=True)),
        )
        for session in truth
    ]


if __name__ == "__main__":
    print(json.dumps([asdict(answer) for answer in answers(generate(Path(sys.argv[1]), SHAPES[sys.argv[2]]))]))
