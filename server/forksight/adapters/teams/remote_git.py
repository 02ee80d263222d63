"""Runs the git commands that talk to a remote: without prompts or a terminal, with limits on time, output and file size."""

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

# Seconds without output or received data after which git is killed; with progress it may take `LONGEST_GIT`.
SILENCE = 40.0
_LAST_WORDS = 1.0  # seconds between SIGTERM and SIGKILL, in which git deletes its locks
_GLANCE = 0.5  # seconds between two checks whether git has ended
_MOST_PRINTED = 16 << 20  # bytes of standard output: enough to list the refs of 100,000 machines
_MOST_COMPLAINED = 64 << 10  # bytes of standard error that are kept, the last ones
_SSH_OPTIONS = "-oBatchMode=yes -oConnectTimeout=10 -oServerAliveInterval=10 -oServerAliveCountMax=3"


class UnusableError(TeamError):
    """The data that a remote sent are damaged or too large."""


class DamagedStoreError(TeamError):
    """Our own repository may be damaged, or the remote's: the message does not tell whose."""


class OutdatedError(TeamError):
    """A push with a lease was rejected: the remote's ref is no longer the one that was last seen."""


def run(
    arguments: Sequence[str], verb: str, folder: str, *, stdin: bytes | None = None, most: int | None = None
) -> str:
    """Run git in our repository `folder` and return its standard output.

    `verb` is the git command among `arguments` ("fetch", "push", "ls-remote"), `stdin` is written to its standard input, and `most` limits
    the bytes of each file that it writes.

    Raises `TeamError`; `UnusableError` if fetched objects are damaged or too large, `DamagedStoreError`, `OutdatedError`,
    `RefusedPushError`.
    """
    try:
        running = process.start(
            arguments, cwd=folder, env=_environment(folder), pipe_stdin=stdin is not None, apart=True
        )
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
    """Wait until git ends. Returns its standard output and the last `_MOST_COMPLAINED` bytes of its standard error.

    Raises `TeamError` after `SILENCE` without progress, or after `LONGEST_GIT`. A fetch prints no progress: there the growth of the pack
    that it writes counts. Processes that git started can outlive it and keep its pipes open, as a shared ssh connection (`ControlPersist`)
    does: reading stops when git has ended and nothing more arrives.
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
                raise TeamError("the remote lists more refs than Forksight reads", fix="share through another remote")
            if not ready:
                if running.poll() is not None:
                    break
                before, received = received, _received(folder)
                heard = now if received != before else heard
            if now - heard > SILENCE or now - began > LONGEST_GIT:
                quiet = now - heard > SILENCE
                what = f"was silent for {SILENCE:g} s" if quiet else f"did not finish within {LONGEST_GIT:g} s"
                raise TeamError(f"the remote {what}", fix="try again, or wait for the next exchange")
    running.wait()
    return os.fsdecode(bytes(printed)), os.fsdecode(bytes(complaint))


def _ready(selector: selectors.BaseSelector, running: "subprocess.Popen[bytes]") -> list[selectors.SelectorKey]:
    """The outputs with data to read, waiting at most `_GLANCE`. If all are closed, wait for the end of git, which comes a moment later."""
    if selector.get_map():
        return [key for key, _ in selector.select(_GLANCE)]
    with suppress(subprocess.TimeoutExpired):
        running.wait(_GLANCE)
    return []


def _received(folder: str) -> int:
    """The size in bytes of the packs that a fetch is writing."""
    total = 0
    for path in glob.iglob(f"{glob.escape(folder)}/objects/pack/tmp_pack_*"):
        with suppress(OSError):  # the fetch has just renamed it
            total += os.stat(path).st_size
    return total


def _end(running: "subprocess.Popen[bytes]") -> None:
    """Kill git's process group (git, ssh, git-remote-http, index-pack): first SIGTERM, at which git deletes its locks, then SIGKILL."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(running.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            running.wait(_LAST_WORDS)
        os.killpg(running.pid, signal.SIGKILL)
    running.kill()
    running.wait()


def _environment(folder: str) -> Mapping[str, str]:
    """The environment for git: our repository, no prompts, and ssh with timeouts where the configured program is OpenSSH's."""
    configured = process.run(["config", "--get", "core.sshCommand"], cwd=folder, env=environment(folder), accept=(0, 1))
    ssh = os.environ.get("GIT_SSH_COMMAND") or os.fsdecode(configured).strip()
    if not ssh:
        ssh = shell.quote(os.environ["GIT_SSH"]) if os.environ.get("GIT_SSH") else "ssh"
    is_openssh = re.search(r"(^|/)ssh(\.exe)?['\"]?(\s|$)", ssh) is not None  # plink and others lack these options
    return {
        **process.TRUSTED,
        "GIT_DIR": folder,
        "GIT_ASKPASS": "",  # empty, not unset: git would otherwise run SSH_ASKPASS
        "SSH_ASKPASS": "",
        "SSH_ASKPASS_REQUIRE": "never",
        "GCM_INTERACTIVE": "never",  # Git Credential Manager would open a window
        "GIT_SSH_COMMAND": f"{ssh} {_SSH_OPTIONS}" if is_openssh else ssh,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TRACE": "",
    }


def _limit(pid: int, largest: int) -> None:
    """Limit the size in bytes of each file that a process and its children write. Linux only."""
    try:
        import resource

        resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest, largest))
    except (AttributeError, OSError, ValueError):  # macOS has no prlimit
        pass
