"""Runs git where it talks to a remote: quietly, without a terminal, bounded, and given up when nothing is heard any more."""

import glob
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from forksight.adapters.git import process
from forksight.adapters.teams.object_store import LONGEST_GIT, environment
from forksight.core.problems import GitError, RefusedPushError, TeamError
from forksight.core.teams.failures import failure, is_damaged, is_ours_damaged
from forksight.core.words import shell

SILENCE = 40.0  # seconds without a word of progress after which a remote is given up; a slow one may take `LONGEST_GIT`
_LAST_WORDS = 1.0  # seconds that a git that is given up has to take away its locks
_GLANCE = 0.5  # seconds between two looks whether git is over
_MOST_PRINTED = 16 << 20  # bytes: what it lists of 100,000 machines' refs
_MOST_COMPLAINED = 64 << 10  # bytes of its last messages
_SSH_OPTIONS = "-oBatchMode=yes -oConnectTimeout=10 -oServerAliveInterval=10 -oServerAliveCountMax=3"


class UnusableError(TeamError):
    """What a remote sent is damaged, or larger than may be sent."""


class DamagedStoreError(TeamError):
    """git can't work with our own repository."""


class OutdatedError(TeamError):
    """A push over what was seen on the remote last, and there is another, or nothing."""


def run(asked: Sequence[str], verb: str, folder: str, *, stdin: bytes | None = None, most: int | None = None) -> str:
    """What git prints. `verb`: which command of those that `asked` holds settings for; `stdin`: what it reads before anything else;
    `most`: bytes that it may write in one file.

    Raises `TeamError`; `UnusableError` if something that a fetch brought is damaged or too large, `DamagedStoreError`, `OutdatedError`,
    `RefusedPushError`.
    """
    try:
        running = process.start(asked, cwd=folder, env=_environment(folder), pipe_stdin=stdin is not None, apart=True)
    except GitError as error:
        raise TeamError(str(error), fix=error.fix) from error
    if most is not None:
        _limit(running.pid, most)
    try:
        if running.stdin is not None:
            with suppress(BrokenPipeError), running.stdin:
                running.stdin.write(stdin or b"")
        printed, complaint = _outputs(running, folder)
    except BaseException:
        _end(running)
        raise
    finally:
        for stream in (running.stdout, running.stderr):
            assert stream is not None
            stream.close()
    if running.returncode != 0:
        sentence, advice = failure(verb, printed, complaint)
        if verb == "push" and "(stale info)" in printed:
            raise OutdatedError(sentence, fix=advice)
        if verb == "push" and "\n!\t" in f"\n{printed}":
            raise RefusedPushError(sentence, fix=advice)
        if is_ours_damaged(complaint):
            raise DamagedStoreError(sentence, fix=advice)
        unusable = verb == "fetch" and is_damaged(complaint)
        raise (UnusableError if unusable else TeamError)(sentence, fix=advice)
    return printed


def _outputs(running: "subprocess.Popen[bytes]", folder: str) -> tuple[str, str]:
    """What git writes until it ends, of its standard error the end. Raises `TeamError` if it is silent, or goes on, for too long.

    A fetch says nothing: the pack that it writes grows.

    What it started may outlive it, and hold on to its outputs: a connection that ssh keeps for the next time does.
    """
    began = heard = time.monotonic()
    printed, complaint, received = bytearray(), bytearray(), 0
    with selectors.DefaultSelector() as selector:
        for stream, kept in ((running.stdout, printed), (running.stderr, complaint)):
            assert stream is not None
            selector.register(stream, selectors.EVENT_READ, kept)
        while selector.get_map() or running.poll() is None:
            ready = _ready(selector, running)
            now = time.monotonic()
            for key in ready:
                heard = now
                data = os.read(key.fd, 1 << 16)
                if not data:
                    selector.unregister(key.fileobj)
                key.data.extend(data)
            del complaint[:-_MOST_COMPLAINED]
            if len(printed) > _MOST_PRINTED:
                raise TeamError("the remote lists more than can be looked at", fix="share through another remote")
            if not ready:
                if running.poll() is not None:
                    break
                before, received = received, _received(folder)
                heard = now if received != before else heard
            if now - heard > SILENCE or now - began > LONGEST_GIT:
                quiet = now - heard > SILENCE
                said = f"was silent for {SILENCE:g} s" if quiet else f"was not done after {LONGEST_GIT:g} s"
                raise TeamError(f"the remote {said}", fix="it is tried again later")
    running.wait()
    return os.fsdecode(bytes(printed)), os.fsdecode(bytes(complaint))


def _ready(selector: selectors.BaseSelector, running: "subprocess.Popen[bytes]") -> list[selectors.SelectorKey]:
    """The outputs that something has come from, for which a glance is waited. git closes them a moment before it has ended: without any
    its end is waited for."""
    if selector.get_map():
        return [key for key, _ in selector.select(_GLANCE)]
    with suppress(subprocess.TimeoutExpired):
        running.wait(_GLANCE)
    return []


def _received(folder: str) -> int:
    """Bytes of packs that are being fetched."""
    total = 0
    for path in glob.iglob(f"{glob.escape(folder)}/objects/pack/tmp_pack_*"):
        with suppress(OSError):  # it has just become a pack
            total += os.stat(path).st_size
    return total


def _end(running: "subprocess.Popen[bytes]") -> None:
    """End git and all that it started: ssh, the helper that speaks HTTP, what unpacks. First so that it takes away its locks."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(running.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            running.wait(_LAST_WORDS)
        os.killpg(running.pid, signal.SIGKILL)
    running.kill()
    running.wait()


def _environment(folder: str) -> Mapping[str, str]:
    named = process.run(["config", "--get", "core.sshCommand"], cwd=folder, env=environment(folder), accept=(0, 1))
    ssh = os.environ.get("GIT_SSH_COMMAND") or os.fsdecode(named).strip()
    if not ssh:
        ssh = shell.quote(os.environ["GIT_SSH"]) if os.environ.get("GIT_SSH") else "ssh"
    plain = re.search(r"(^|/)ssh(\.exe)?['\"]?(\s|$)", ssh) is not None  # plink and others know no such options
    return {
        **process.TRUSTED,
        "GIT_DIR": folder,
        "GIT_ASKPASS": "",  # empty, not unset: otherwise SSH_ASKPASS would be run
        "SSH_ASKPASS": "",
        "SSH_ASKPASS_REQUIRE": "never",
        "GCM_INTERACTIVE": "never",  # of Git Credential Manager, which would open a window
        "GIT_SSH_COMMAND": f"{ssh} {_SSH_OPTIONS}" if plain else ssh,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TRACE": "",
    }


def _limit(pid: int, largest: int) -> None:
    """Let a process and those that it starts write no file larger than this, where the system can."""
    try:
        import resource

        resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest, largest))
    except (AttributeError, OSError, ValueError):  # macOS has no prlimit
        pass
