"""Runs checkers that are independent of the semantic rule, for errors about names, arguments and redefinitions in a tree of files."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from bench.sources import ROOT

Error = tuple[str, str, str]  # the path in the tree, a code, the message
Judge = Callable[[Path], frozenset[Error]]

_TY = (
    "unresolved-import",
    "missing-module-member",
    "unresolved-reference",
    "unresolved-attribute",
    "missing-argument",
    "too-many-positional-arguments",
    "unknown-argument",
)
_TSC = (
    "--noEmit",
    "--strict",
    "--target",
    "es2022",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    "--lib",
    "es2022",
    "--skipLibCheck",
)
_OFFLINE = {**os.environ, "GOPROXY": "off", "GOFLAGS": "-mod=mod"}
_TSC_ERROR = re.compile(r"^(.+?)\(\d+,\d+\): error (TS\d+): (.*)$", re.MULTILINE)
_VET_ERROR = re.compile(r"^(?:vet: )?(?:\./)?(.+?\.go):\d+:\d+: (.*)$", re.MULTILINE)


def judge_of(language: str) -> Judge | None:
    """The checker of a language (`python`, `go` or `typescript`); None if its program is not installed."""
    if language == "python":
        return python_errors
    if language == "go":
        return go_errors if shutil.which("go") else None
    return typescript_errors if _tsc() else None


def python_errors(folder: Path) -> frozenset[Error]:
    """The errors that ty and ruff report about a folder."""
    return frozenset((*_ruff(folder), *_ty(folder)))


def _ruff(folder: Path) -> Iterator[Error]:
    command = [_beside("ruff"), "check", "--isolated", "--no-cache", "--select", "F821,F811", "--output-format", "json", "."]  # fmt: skip
    completed = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    for error in json.loads(completed.stdout or b"[]"):
        yield str(Path(error["filename"]).relative_to(folder.resolve())), error["code"], error["message"]


def _ty(folder: Path) -> Iterator[Error]:
    command = [_beside("ty"), "check", "--output-format", "concise", "--ignore", "all"]
    command += [word for rule in _TY for word in ("--error", rule)]
    command += [word for root in ("src", "server", "lib") if (folder / root).is_dir() for word in ("--extra-search-path", root)]  # fmt: skip
    completed = subprocess.run([*command, "."], cwd=folder, capture_output=True, text=True, check=False)
    if completed.returncode not in (0, 1):
        raise RuntimeError(completed.stderr)
    for line in completed.stdout.splitlines():
        where, _, message = line.partition(": ")
        if message.startswith("error["):
            code, _, sentence = message.removeprefix("error[").partition("] ")
            yield where.partition(":")[0], code, sentence


def typescript_errors(folder: Path) -> frozenset[Error]:
    """The errors that tsc reports about all files below a folder, which may hold several trees. Raises RuntimeError if tsc fails."""
    files = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*.ts"))]
    tsc = _tsc()
    assert tsc is not None
    completed = subprocess.run([tsc, *_TSC, *files], cwd=folder, capture_output=True, text=True, check=False)
    errors = frozenset((path, code, message) for path, code, message in _TSC_ERROR.findall(completed.stdout))
    if completed.returncode and not errors:
        raise RuntimeError(completed.stdout + completed.stderr)
    return errors


def _tsc() -> str | None:
    own = ROOT / "editors/vscode/node_modules/.bin/tsc"
    return str(own) if own.exists() else shutil.which("tsc")


def go_errors(folder: Path) -> frozenset[Error]:
    """The errors that `go vet` reports about a module. Raises RuntimeError if it fails."""
    completed = subprocess.run(
        ["go", "vet", "./..."], cwd=folder, env=_OFFLINE, capture_output=True, text=True, check=False
    )
    errors = frozenset((path, "vet", message) for path, message in _VET_ERROR.findall(completed.stderr))
    if completed.returncode and not errors:
        raise RuntimeError(completed.stderr)
    return errors


def _beside(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def lay_out(folder: Path, texts: Mapping[str, str | None]) -> Path:
    """Write files below a folder (None: no file); returns the folder."""
    for path, text in texts.items():
        if text is not None:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
    return folder


def only_in_merge(merged: Collection[Error], *sides: Collection[Error]) -> list[Error]:
    """The errors of a merge that neither side has."""
    return sorted(set(merged).difference(*sides))
