"""Baselines that colleagues share through a git remote (`core.ports.teams.TeamBaselines`)."""

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

_OWN = "refs/forksight/own/baseline"  # what this machine published last
_LONGEST_LISTING = 4096  # bytes
_MOST_NAMED = 50


class GitTeamBaselines:
    """One repository's. Every method may be called from any thread."""

    def __init__(self, ours: OwnRepository) -> None:
        self._ours = ours
        self._read: tuple[str, tuple[tuple[Published, ...], tuple[Problem, ...]]] | None = None  # by what refs point at

    def look(self, remote: str, *, trusted: bool) -> tuple[Problem, ...]:
        """See `core.ports.teams.TeamBaselines`."""
        folder = self._ours.folder
        left = self._ours.repaired(
            lambda: polling.poll(folder, remote, {}, time.time(), below=REFS, is_fit=name_of), trusted=trusted
        )
        tidy(self._ours.folder)
        why = "what was published is damaged, or larger than may be"
        return tuple(_problem(name_of(f"{REFS}{name}") or name, why) for name in sorted(left)[:_MOST_NAMED])

    def published(self, names: Collection[str] | None = None) -> tuple[tuple[Published, ...], tuple[Problem, ...]]:
        """See `core.ports.teams.TeamBaselines`."""
        if not self._ours.is_there():
            return (), ()
        asked = (f"--count={MOST_BASELINES + 1}", "--format=%(objectname) %(refname)")
        listing = self._ours.ask_ours("for-each-ref", *asked, *(map(ref_of, names) if names is not None else (REFS,)))
        if self._read is None or self._read[0] != listing:
            self._read = listing, self._read_all(listing)
        return self._read[1]

    def _read_all(self, listing: str) -> tuple[tuple[Published, ...], tuple[Problem, ...]]:
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
        """What a commit holds. Raises `ValueError` if that is no baseline."""
        if self._ours.objects.infos([commit])[commit].kind != "commit":
            raise ValueError("it is no commit")
        blobs = self._blobs(commit)
        size = self._ours.objects.infos([blobs[RECORD], blobs[TRANSCRIPT]])
        if any(blob not in size or size[blob].kind != "blob" for blob in blobs.values()):
            raise ValueError("a part of it is missing")
        if size[blobs[RECORD]].size > LARGEST_RECORD or size[blobs[TRANSCRIPT]].size > LARGEST:
            raise ValueError(f"it is larger than {LARGEST >> 20} MiB")
        record = read_record(name, self._ours.objects.contents([blobs[RECORD]])[blobs[RECORD]].data or b"")
        if record.size != size[blobs[TRANSCRIPT]].size:
            raise ValueError("its transcript is not as long as it says")
        asked = ("rev-list", "--first-parent", f"--max-count={MOST_GENERATIONS}", commit)
        return Published(record, commit, tuple(self._ours.ask_ours(*asked).split()))

    def _blobs(self, commit: str) -> dict[str, str]:
        """The ids of the two files of a commit, which has regular files of these names and nothing else. Raises `ValueError`."""
        asked = ["ls-tree", "-z", "--full-tree", commit]
        listing = process.run_bounded(asked, _LONGEST_LISTING, cwd=self._ours.folder, env=self._ours.reading_ours())
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
        person = self._ours.person().encode("utf-8", "surrogateescape")
        said = record.text()
        message = f"{record.name}: generation {record.generation}\n".encode()
        stream = b"".join(
            [
                b"reset %s\ncommit %s\nmark :1\n" % (_OWN.encode(), _OWN.encode()),
                b"author %s %d +0000\ncommitter %s %d +0000\n" % (person, record.at, person, record.at),
                b"data %d\n%s" % (len(message), message),
                b"from %s\n" % before.commit.encode() if before else b"",
                b"deleteall\n",
                b"M 100644 inline %s\ndata %d\n%s\n" % (RECORD.encode(), len(said), said),
                b"M 100644 inline %s\ndata %d\n%s\n" % (TRANSCRIPT.encode(), len(transcript), transcript),
                b"get-mark :1\ndone\n",
            ]
        )
        asked = ["-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--force", "--done"]
        printed = process.run(asked, cwd=self._ours.folder, env=self._ours.writing_ours(), stdin=stream)
        return printed.decode().strip()

    def roots(self, commit: str) -> tuple[str, ...]:
        """See `core.ports.teams.TeamBaselines`."""
        if self._ours.ask("rev-parse", "--is-shallow-repository").strip() != "false":
            return ()
        listed = self._ours.ask("rev-list", "--max-parents=0", f"--max-count={MOST_ROOTS}", commit)
        return tuple(listed.split())

    def is_on_remote(self, commit: str, remote: str) -> bool:
        """See `core.ports.teams.TeamBaselines`."""
        return not self._ours.ask("rev-list", "--max-count=1", commit, "--not", f"--remotes={remote}").strip()

    @contextmanager
    def staged(self, folder: str, session: str, transcript: bytes) -> Iterator[str]:
        """See `core.ports.teams.TeamBaselines`."""
        staging = self._ours.path("staging")
        with self._ours.writing_files():
            check_own(staging)
            shutil.rmtree(staging, ignore_errors=True)  # a killed process may have left something
            os.makedirs(os.path.join(staging, folder), mode=0o700)
            path = os.path.join(staging, folder, f"{session}.jsonl")
            with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600), "wb") as stream:
                stream.write(transcript)
        try:
            yield path
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _problem(name: str, why: str) -> Problem:
    said = f"The published baseline {name} is left out" if name else "Published baselines are left out"
    return Problem("team-baseline-unreadable", f"{said}: {why}.")
