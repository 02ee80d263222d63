"""A repository that tries every way in which git runs a program that a repository names."""

import os
import stat
from pathlib import Path

from tests.conftest import Checkout

HOOKS = [
    "applypatch-msg",
    "fsmonitor-watchman",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-rewrite",
    "pre-auto-gc",
    "pre-applypatch",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "prepare-commit-msg",
    "proc-receive",
    "reference-transaction",
    "sendemail-validate",
    "update",
]


class Trap:
    """The repository, and what has sprung. Each way has a program that leaves a file of its own name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sprung_folder = folder / "sprung"
        self.sprung_folder.mkdir(parents=True)
        self.repo = Checkout(folder / "repo")
        self.repo.path.mkdir()
        self.linked = Checkout(folder / "linked")
        self.lost = _build(self)

    def sprung(self) -> set[str]:
        """The ways that worked since the last question."""
        names = {path.name for path in self.sprung_folder.iterdir()}
        for name in names:
            (self.sprung_folder / name).unlink()
        return names

    def program(self, way: str) -> str:
        """A program that shows that it ran."""
        path = self.folder / "programs" / way
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n: > '{self.sprung_folder}/{way}'\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)


def _build(trap: Trap) -> str:
    repo = trap.repo
    repo.git("init", "--quiet", "--initial-branch=main")
    lost_commit = repo.commit({"lost": "to be lost\n", "app.py": "base\n", "notes.txt": "base\n", "old.bin": "base\n"})
    lost = repo.git("rev-parse", "HEAD:lost")
    library = Checkout(trap.folder / "library")
    library.path.mkdir()
    library.git("init", "--quiet")
    library.commit({"lib.py": "base\n"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "lib")
    repo.commit(
        {
            "lost": None,
            "tracked.wt": "x",
            "tracked.if": "x",
            ".gitattributes": "* filter=evil diff=evil merge=evil\n*.txt filter=second\n*.wt filter=wt\n*.if filter=conditional\n",
        }
    )
    repo.git("worktree", "add", "--quiet", "-b", "linked", str(trap.linked.path))
    assert lost_commit
    (repo.path / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    for checkout, text in ((repo, "ours\n"), (trap.linked, "theirs\n")):
        checkout.commit({"app.py": text, "notes.txt": text})
        checkout.write({"app.py": f"dirty {text}", "new.txt": "new\n", "x.wt": "x", "x.if": "x", "old.bin": text})
        for name in ("app.py", "notes.txt", "tracked.wt", "tracked.if"):
            os.utime(checkout.path / name, (1, 1))  # git must look at the bytes again
        _sign(checkout)
    _hooks(trap, repo.path / ".git" / "hooks")
    _hooks(trap, trap.folder / "hooks")
    _config(trap)
    _submodule(trap, Checkout(repo.path / "lib"))
    return lost


def _sign(checkout: Checkout) -> None:
    """Put a signature on the newest commit, which git shows to a program where log.showSignature is set."""
    head, _, message = checkout.git("cat-file", "commit", "HEAD").partition("\n\n")
    commit = checkout.path / "commit"
    commit.write_text(f"{head}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n{message}")
    checkout.git("reset", "--soft", checkout.git("hash-object", "-t", "commit", "-w", str(commit)).strip())
    commit.unlink()


def _hooks(trap: Trap, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for hook in HOOKS:
        os.symlink(trap.program(f"hook-{hook}"), folder / hook) if not (folder / hook).exists() else None


def _config(trap: Trap) -> None:
    program = trap.program
    settings = {
        "core.fsmonitor": program("fsmonitor"),
        "core.hooksPath": str(trap.folder / "hooks"),
        "core.pager": program("pager"),
        "pager.status": program("pager-status"),
        "pager.config": program("pager-config"),
        "core.editor": program("editor"),
        "sequence.editor": program("editor"),
        "core.askPass": program("askpass"),
        "core.sshCommand": program("ssh"),
        "core.gitProxy": program("proxy"),
        "core.alternateRefsCommand": program("alternate-refs"),
        "credential.helper": program("credential"),
        "diff.external": program("diff-external"),
        "diff.evil.command": program("diff-command"),
        "diff.evil.textconv": program("textconv"),
        "diff.evil.cachetextconv": "true",
        "diff.submodule": "diff",
        "diff.ignoreSubmodules": "none",
        "interactive.diffFilter": program("diff-filter"),
        "merge.evil.driver": program("merge-driver") + " %A %B",
        "merge.evil.recursive": "evil",
        "merge.default": "evil",
        "merge.renormalize": "true",
        "filter.evil.clean": program("clean"),
        "filter.evil.smudge": program("smudge"),
        "filter.evil.required": "true",
        "filter.second.process": program("process"),
        "filter.second.required": "true",
        "filter.With.Dots and spaces.clean": program("clean-odd"),
        "gpg.program": program("gpg"),
        "gpg.ssh.program": program("gpg-ssh"),
        "log.showSignature": "true",
        "commit.gpgSign": "true",
        "uploadpack.packObjectsHook": program("pack-objects"),
        "trailer.x.command": program("trailer"),
        "status.submoduleSummary": "true",
        "submodule.recurse": "true",
        "submodule.lib.ignore": "none",
        "submodule.lib.update": f"!{program('submodule-update')}",
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
        "remote.origin.url": f"ext::{program('ext')} %S",
        "remote.origin.promisor": "true",
        "remote.origin.partialclonefilter": "blob:none",
        "remote.other.url": str(trap.folder / "library"),
        "remote.other.uploadpack": program("uploadpack"),
        "remote.other.promisor": "true",
        "remote.third.url": "ssh://host/path",
        "remote.third.promisor": "true",
        "extensions.partialClone": "origin",
        "core.repositoryformatversion": "1",
        "includeIf.gitdir:/.path": str(trap.folder / "included"),
        "includeIf.onbranch:linked.path": str(trap.folder / "included-on-branch"),
        "extensions.worktreeConfig": "true",
    }
    for command in ("status", "config", "cat-file", "diff-tree", "rev-parse", "worktree", "merge-tree", "check-attr"):
        settings[f"alias.{command}"] = f"!{program('alias')}"
    (trap.folder / "included").write_text(f'[filter "conditional"]\n\tclean = {program("clean-included")}\n')
    (trap.folder / "included-on-branch").write_text(
        f'[filter "conditional"]\n\tclean = {program("clean-on-branch")}\n[core]\n\tfsmonitor = {program("fsmonitor-on-branch")}\n'
    )
    for key, value in settings.items():
        trap.repo.git("config", key, value, env={"GIT_CONFIG_COUNT": "0"})
    trap.linked.git("config", "--worktree", "filter.wt.clean", program("clean-worktree"))
    trap.linked.git("config", "--worktree", "core.fsmonitor", program("fsmonitor-worktree"))


def _submodule(trap: Trap, inner: Checkout) -> None:
    inner.write({"lib.py": "dirty\n", ".gitattributes": "* filter=inner\n"})
    inner.git("-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--allow-empty", "--message", "moved")
    os.utime(inner.path / "lib.py", (1, 1))
    inner.git("config", "filter.inner.clean", trap.program("submodule-clean"))
    inner.git("config", "core.fsmonitor", trap.program("submodule-fsmonitor"))
    _hooks(trap, trap.repo.path / ".git" / "modules" / "lib" / "hooks")
