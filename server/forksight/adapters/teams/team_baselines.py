"""Baselines that are published through a git remote (`core.ports.teams.TeamBaselines`)."""

import hashlib
import os
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from forksight.adapters.git import process
from forksight.adapters.store.own_files import check_own
from forksight.adapters.teams import polling, transport
from forksight.adapters.teams.object_store import tidy
from forksight.adapters.teams.own_repository import OwnRepository
from forksight.core.problems import GitError, Problem, TeamError
from forksight.core.teams.baseline.materialised import LARGEST
from forksight.core.teams.baseline.plans import Published
from forksight.core.teams.baseline.record import (
    LARGEST_RECORD,
    MOST_BASELINES,
    MOST_GENERATIONS,
    MOST_ROOTS,
    RECORD,
    REFS,
    TRANSCRIPT,
    Record,
    name_of,
    read_record,
    ref_of,
)

_OWN = "refs/forksight/own/baseline"  # the baseline that this machine published last
_LONGEST_LISTING = 4096  # bytes of `git ls-tree`
_MOST_NAMED = 50  # left-out baselines that get a problem each


class GitTeamBaselines:
    """The published baselines of one repository. Every method may be called from any thread."""

    def __init__(self, ours: OwnRepository) -> None:
        self._ours = ours
        # What `published` last returned, as of the listing of the refs that it was read from.
        self._read: tuple[str, tuple[tuple[Published, ...], tuple[Problem, ...]]] | None = None

    def look(self, remote: str, *, trusted: bool) -> tuple[Problem, ...]:
        """See `core.ports.teams.TeamBaselines`."""
        folder = self._ours.folder
        left_out = self._ours.repaired(
            lambda: polling.poll(folder, remote, {}, time.time(), below=REFS, is_fit=name_of), trusted=trusted
        )
        tidy(self._ours.folder)
        why = "what was published is damaged, or larger than may be"
        return tuple(_problem(name_of(f"{REFS}{name}") or name, why) for name in sorted(left_out)[:_MOST_NAMED])

    def published(self, names: Collection[str] | None = None) -> tuple[tuple[Published, ...], tuple[Problem, ...]]:
        """See `core.ports.teams.TeamBaselines`."""
        if not self._ours.is_there():
            return (), ()
        options = (f"--count={MOST_BASELINES + 1}", "--format=%(objectname) %(refname)")
        patterns = map(ref_of, names) if names is not None else (REFS,)
        listing = self._ours.ask_ours("for-each-ref", *options, *patterns)
        if self._read is None or self._read[0] != listing:
            self._read = listing, self._read_all(listing)
        return self._read[1]

    def _read_all(self, listing: str) -> tuple[tuple[Published, ...], tuple[Problem, ...]]:
        """Read the baselines of a listing: a line `COMMIT REF` each."""
        published, problems = [], []
        lines = listing.splitlines()
        for line in lines[:MOST_BASELINES]:
            commit, _, ref = line.partition(" ")
            name = name_of(ref)
            if name is None:
                problems.append(_problem(ref.removeprefix(REFS), "it has no name that a baseline can have"))
                continue
            try:
                published.append(self._published(name, commit))
            except (ValueError, GitError) as error:
                problems.append(_problem(name, str(error)))
        if len(lines) > MOST_BASELINES:
            problems.append(_problem("", f"there are more than {MOST_BASELINES}: the first ones are looked at"))
        return tuple(published), tuple(problems)

    def _published(self, name: str, commit: str) -> Published:
        """The baseline in a commit. Raises `ValueError` if it holds none, `GitError`."""
        if self._ours.objects.infos([commit])[commit].kind != "commit":
            raise ValueError("it is no commit")
        blobs = self._blobs(commit)
        infos = self._ours.objects.infos([blobs[RECORD], blobs[TRANSCRIPT]])
        if any(blob not in infos or infos[blob].kind != "blob" for blob in blobs.values()):
            raise ValueError("a part of it is missing")
        if infos[blobs[RECORD]].size > LARGEST_RECORD or infos[blobs[TRANSCRIPT]].size > LARGEST:
            raise ValueError(f"it is larger than {LARGEST >> 20} MiB")
        record = read_record(name, self._ours.objects.contents([blobs[RECORD]])[blobs[RECORD]].data or b"")
        if record.size != infos[blobs[TRANSCRIPT]].size:
            raise ValueError("its transcript is not as long as it says")
        generations = self._ours.ask_ours(
            "rev-list", "--first-parent", f"--max-count={MOST_GENERATIONS}", commit
        ).split()
        return Published(record, commit, tuple(generations))

    def _blobs(self, commit: str) -> dict[str, str]:
        """Maps the names `RECORD` and `TRANSCRIPT` to their blobs in a commit. Raises `ValueError` if it holds anything else."""
        arguments = ["ls-tree", "-z", "--full-tree", commit]
        listing = process.run_bounded(arguments, _LONGEST_LISTING, cwd=self._ours.folder, env=self._ours.reading_ours())
        records = os.fsdecode(listing or b"").split("\0")[:-1]
        entries = {name: meta.split(" ") for meta, _, name in (record.partition("\t") for record in records)}
        if entries.keys() != {RECORD, TRANSCRIPT} or any(entry[0] != "100644" for entry in entries.values()):
            raise ValueError(f"it is not made of {RECORD} and {TRANSCRIPT}")
        return {name: entry[2] for name, entry in entries.items()}

    def transcript(self, published: Published) -> bytes:
        """See `core.ports.teams.TeamBaselines`."""
        record = published.record
        try:
            blob = self._blobs(published.commit)[TRANSCRIPT]
            if self._ours.objects.infos([blob])[blob].size != record.size:
                raise ValueError("its transcript is not as long as it says")
            data = self._ours.objects.contents([blob])[blob].data or b""
        except (ValueError, KeyError) as error:
            raise TeamError(f"the baseline {record.name} is damaged ({error})") from error
        if hashlib.sha256(data).hexdigest() != record.sha256:
            raise TeamError(
                f"the baseline {record.name} is damaged: its transcript is not the one that was published",
                fix=f"ask {record.user} to publish it again",
            )
        return data

    def publish(self, remote: str, record: Record, transcript: bytes, before: Published | None) -> str:
        """See `core.ports.teams.TeamBaselines`."""
        self._ours.prepare(trusted=True)
        ref = ref_of(record.name)
        commit = self._commit(record, transcript, before)
        lease = f"{ref}:{before.commit if before else ''}"
        transport.push(self._ours.folder, remote, f"{_OWN}:{ref}", lease=lease)
        self._ours.point(ref, commit)
        return commit

    def _commit(self, record: Record, transcript: bytes, before: Published | None) -> str:
        """Create the commit of a generation, with the one `before` as its parent; its id. Raises `TeamError`, `GitError`."""
        person = self._ours.person().encode("utf-8", "surrogateescape")
        record_text = record.text()
        message = f"{record.name}: generation {record.generation}\n".encode()
        stream = b"".join(
            [
                b"reset %s\ncommit %s\nmark :1\n" % (_OWN.encode(), _OWN.encode()),
                b"author %s %d +0000\ncommitter %s %d +0000\n" % (person, record.at, person, record.at),
                b"data %d\n%s" % (len(message), message),
                b"from %s\n" % before.commit.encode() if before else b"",
                b"deleteall\n",
                b"M 100644 inline %s\ndata %d\n%s\n" % (RECORD.encode(), len(record_text), record_text),
                b"M 100644 inline %s\ndata %d\n%s\n" % (TRANSCRIPT.encode(), len(transcript), transcript),
                b"get-mark :1\ndone\n",
            ]
        )
        arguments = ["-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--force", "--done"]
        printed = process.run(arguments, cwd=self._ours.folder, env=self._ours.writing_ours(), stdin=stream)
        return printed.decode().strip()

    def roots(self, commit: str) -> tuple[str, ...]:
        """See `core.ports.teams.TeamBaselines`."""
        if self._ours.ask("rev-parse", "--is-shallow-repository").strip() != "false":
            return ()
        return tuple(self._ours.ask("rev-list", "--max-parents=0", f"--max-count={MOST_ROOTS}", commit).split())

    def is_on_remote(self, commit: str, remote: str) -> bool:
        """See `core.ports.teams.TeamBaselines`."""
        return not self._ours.ask("rev-list", "--max-count=1", commit, "--not", f"--remotes={remote}").strip()

    @contextmanager
    def staged(self, folder: str, session: str, transcript: bytes) -> Iterator[str]:
        """See `core.ports.teams.TeamBaselines`."""
        staging = self._ours.path("staging")
        with self._ours.writing_files():
            check_own(staging)
            shutil.rmtree(staging, ignore_errors=True)  # left over by a killed process
            os.makedirs(os.path.join(staging, folder), mode=0o700)
            path = os.path.join(staging, folder, f"{session}.jsonl")
            with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600), "wb") as stream:
                stream.write(transcript)
        try:
            yield path
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _problem(name: str, why: str) -> Problem:
    what = f"The published baseline {name} is left out" if name else "Published baselines are left out"
    return Problem("team-baseline-unreadable", f"{what}: {why}.")
