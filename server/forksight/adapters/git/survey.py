"""Reads from git what cleaning up must know (`core.ports.git.Survey`). Nothing is written, and no configured program is run.

The modules for worktrees' contents are only loaded when they are needed.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from forksight.adapters.git import process as git
from forksight.adapters.git.config import Config, Configs
from forksight.adapters.git.objects.grafts import history_state
from forksight.adapters.memo import Memo
from forksight.adapters.system.disk.absence import is_absent
from forksight.core.git.branches import Branches, BranchOrigin, LocalBranch
from forksight.core.git.reachability import held_by
from forksight.core.git.remotes import preferred, remotes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forksight.core.cleanup.facts import Commit, Contents, Place, Stash
    from forksight.core.git.snapshot import Worktree

_HEADS, _REMOTES = "refs/heads/", "refs/remotes/"
_USUAL = ("main", "master", "trunk")
_CREATED = "branch: Created"
# How reflog entries of a new commit begin (git's builtin/commit.c, sequencer.c, am.c); one merge or fast-forward is no work.
_OWN_WORK = ("commit", "cherry-pick", "revert", "am: ")


class GitSurvey:
    """The survey of one repository, given by its common dir."""

    def __init__(self, common_dir: str) -> None:
        self._common_dir = common_dir
        self._configs = Configs(common_dir)
        self._commits: Memo[tuple[object, ...], tuple[Commit, ...]] = Memo(100)
        self._branch_settings: tuple[Config, Mapping[str, tuple[tuple[str, str], ...]]] | None = None

    def places(self) -> tuple[Place, ...]:
        """See `core.ports.git.Survey`."""
        from forksight.adapters.git.worktrees.places import places

        return places(self._common_dir, self._configs.shared())

    def branches(self) -> Branches:
        """See `core.ports.git.Survey`."""
        form = "%00".join(
            f"%({field})" for field in ("refname", "objectname", "upstream", "upstream:lstrip=2", "symref")
        )
        local: dict[str, LocalBranch] = {}
        remote: dict[str, str] = {}
        heads: dict[str, str] = {}  # by remote: the branch that its HEAD names
        settings = self._settings()
        for line in os.fsdecode(self._ask("for-each-ref", f"--format={form}", _HEADS, _REMOTES)).split("\n")[:-1]:
            full, commit, upstream, shown, symbolic = line.split("\0")
            if full.startswith(_HEADS):
                name = full.removeprefix(_HEADS)
                local[name] = LocalBranch(name, commit, upstream or None, shown or None, settings.get(name, ()))
            elif symbolic:
                heads[full.removeprefix(_REMOTES).removesuffix("/HEAD")] = symbolic.removeprefix(_REMOTES)
            else:
                remote[full.removeprefix(_REMOTES)] = commit
        main_remote = self._main_remote()
        head = heads.get(main_remote or "")
        default = self._default(local, head.removeprefix(f"{main_remote}/") if head else None)
        return Branches(
            local,
            remote,
            default,
            self._default_remote(local.get(default or ""), remote, main_remote, head),
            remotes(self._configs.shared().values),
        )

    def origins(self, names: Sequence[str]) -> Mapping[str, BranchOrigin]:
        """See `core.ports.git.Survey`. The oldest entry of a reflog is the creation, unless older ones have expired.

        Branches that are deleted meanwhile are left out.
        """
        if not names:
            return {}
        request = "".join(f"{_HEADS}{name}\n" for name in names)
        listing = os.fsdecode(
            self._ask(
                "log", "-g", "--ignore-missing", "--stdin", "--format=%gD%x00%H%x00%gs", stdin=os.fsencode(request)
            )
        )
        entries: dict[str, list[tuple[str, str]]] = {}  # newest first
        for line in listing.split("\n")[:-1]:
            selector, commit, subject = line.split("\0", 2)
            entries.setdefault(selector.rpartition("@{")[0].removeprefix(_HEADS), []).append((commit, subject))
        origins = {}
        for name, ((*later, (commit, subject))) in entries.items():
            if subject.startswith(_CREATED):
                source = subject.removeprefix(_CREATED).removeprefix(" from ") or None
                worked = any(entry.startswith(_OWN_WORK) for _, entry in later)
                origins[name] = BranchOrigin(commit, source, worked)
        return origins

    def renamed(self) -> Mapping[str, str]:
        """See `core.ports.git.Survey`. A branch keeps its reflog when `git branch --move` renames it, with an entry about that."""
        names = self._heads()
        if not names:
            return {}
        arguments = (
            "log",
            "-g",
            "--ignore-missing",
            "--stdin",
            "--grep-reflog=^Branch: renamed ",
            "--format=%gD%x00%gs",
        )
        listing = os.fsdecode(self._ask(*arguments, stdin=os.fsencode("".join(f"{name}\n" for name in names))))
        former: dict[str, str] = {}
        for line in listing.split("\n")[:-1]:
            selector, subject = line.split("\0", 1)
            now = selector.rpartition("@{")[0]
            before = subject.removeprefix("Branch: renamed ").partition(" to ")[0]
            if before not in names:
                former.setdefault(before.removeprefix(_HEADS), now.removeprefix(_HEADS))
        return former

    def included(self, commit: str) -> frozenset[str]:
        """See `core.ports.git.Survey`."""
        listing = self._ask("for-each-ref", "--format=%(refname)", f"--merged={commit}", _HEADS)
        return frozenset(name.removeprefix(_HEADS) for name in os.fsdecode(listing).split("\n")[:-1])

    def holding(self, commit: str) -> tuple[str, ...]:
        """See `core.ports.git.Survey`."""
        listing = self._ask("for-each-ref", "--format=%(refname)", f"--contains={commit}", _HEADS, _REMOTES)
        names = os.fsdecode(listing).split("\n")[:-1]
        return tuple(name.removeprefix(_HEADS).removeprefix(_REMOTES) for name in names if not _is_symbolic(name))

    def unshared(
        self, tips: Mapping[str, str], known: Sequence[str]
    ) -> tuple[Mapping[str, Commit], Mapping[str, frozenset[str]]]:
        """See `core.ports.git.Survey`."""
        from forksight.core.cleanup.facts import Commit

        request = "".join(f"{line}\n" for line in (*tips.values(), *(f"^{commit}" for commit in known)))
        listing = self._ask(
            "rev-list", "--topo-order", "--no-commit-header", "--format=%H%x00%P%x00%s", "--stdin", "--not", "--remotes",
            stdin=request.encode(),
        )  # fmt: skip
        rows = [line.split("\0", 2) for line in listing.decode("utf-8", "replace").split("\n")[:-1]]
        commits = {commit: Commit(commit, subject) for commit, _, subject in rows}
        return commits, held_by({commit: parents.split() for commit, parents, _ in rows}, tips)

    def commits(self, base: str | None, head: str) -> tuple[Commit, ...]:
        """See `core.ports.git.Survey`."""
        key = (base, head, history_state(self._common_dir))
        return self._commits.get([key], lambda _: {key: self._list_commits(base, head)})[key]

    def _list_commits(self, base: str | None, head: str) -> tuple[Commit, ...]:
        from forksight.core.cleanup.facts import Commit

        arguments = ["rev-list", "--no-commit-header", "--format=%H%x00%s", head, *([f"^{base}"] if base else [])]
        rows = [line.split("\0", 1) for line in self._ask(*arguments).decode("utf-8", "replace").split("\n")[:-1]]
        return tuple(Commit(commit, subject) for commit, subject in rows)

    def stashes(self) -> tuple[Stash, ...]:
        """See `core.ports.git.Survey`."""
        if not self._ask("for-each-ref", "refs/stash"):
            return ()
        from forksight.core.cleanup.facts import Stash

        listing = self._ask("log", "-g", "--format=%gd%x00%gs", "refs/stash").decode("utf-8", "replace")
        stashes = []
        for line in listing.split("\n")[:-1]:
            ref, subject = line.split("\0", 1)
            match = re.match(r"(?:WIP on|On) (.+?): ", subject)
            name = match[1] if match else None
            stashes.append(Stash(ref, None if name == "(no branch)" else name, subject))
        return tuple(stashes)

    def contents(self, worktree: Worktree, main: str | None) -> Contents:
        """See `core.ports.git.Survey`."""
        from forksight.adapters.git.worktrees.leftovers import contents, left_in_git_dir

        if is_absent(worktree.path):
            return left_in_git_dir(worktree, {**self._configs.shared().environment, "GIT_DIR": worktree.git_dir})
        config = self._configs.at(worktree.path, worktree.git_dir)
        return contents(worktree, main, git.confined(config.environment, worktree.path))

    def _heads(self) -> list[str]:
        """The full names of the local branches."""
        return os.fsdecode(self._ask("for-each-ref", "--format=%(refname)", _HEADS)).split("\n")[:-1]

    def _settings(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """The `branch.*` settings of each branch. Read again when a configuration file has changed."""
        config = self._configs.shared()
        if self._branch_settings is None or self._branch_settings[0] is not config:
            self._branch_settings = config, self._read_settings()
        return self._branch_settings[1]

    def _read_settings(self) -> dict[str, tuple[tuple[str, str], ...]]:
        listing = self._ask("config", "--local", "--get-regexp", "-z", r"^branch\.", accept=(0, 1))
        settings: dict[str, tuple[tuple[str, str], ...]] = {}
        for entry in os.fsdecode(listing).split("\0")[:-1]:
            key, _, value = entry.partition("\n")
            name, _, variable = key.removeprefix("branch.").rpartition(".")
            settings[name] = (*settings.get(name, ()), (variable, value))
        return settings

    def _main_remote(self) -> str | None:
        """The main remote: the one that the settings prefer, `origin`, or the only one."""
        return preferred(self._configs.shared().values)

    def _default(self, local: Mapping[str, LocalBranch], head: str | None) -> str | None:
        """The default branch: by the remote's HEAD, init.defaultBranch, a usual name, or the main checkout.

        The main checkout's branch only if its reflog does not show that it was made from another branch: a topic branch is no
        target.
        """
        named = next((name for name in (head, *self._usual_names()) if name in local), None)
        if named is not None:
            return named
        main = next((place.worktree for place in self.places() if place.worktree.main), None)
        branch = main.branch if main is not None else None
        return branch if branch in local and branch is not None and not self.origins([branch]) else None

    def _default_remote(
        self, default: LocalBranch | None, remote: Mapping[str, str], main_remote: str | None, head: str | None
    ) -> str | None:
        """The default branch at the remote: its upstream of the same name, else the remote's HEAD, else `REMOTE/NAME`.

        Only `git clone`, and `git fetch` since git 2.48, set `origin/HEAD`.
        """
        tracked = default.remote if default is not None else None
        same = tracked is not None and default is not None and tracked.endswith(f"/{default.name}")
        names = (default.name,) if default is not None else self._usual_names()
        candidates = (tracked if same else None, head, *(f"{main_remote}/{name}" for name in names))
        return next((name for name in candidates if name in remote), None)

    def _usual_names(self) -> tuple[str, ...]:
        configured = self._configs.shared().values.get("init.defaultbranch")
        return (configured, *_USUAL) if configured else _USUAL

    def _ask(self, *arguments: str, stdin: bytes | None = None, accept: tuple[int, ...] = (0,)) -> bytes:
        environment = {**self._configs.shared().environment, "GIT_DIR": self._common_dir}
        return git.run(arguments, cwd=self._common_dir, env=environment, stdin=stdin, accept=accept)


def _is_symbolic(ref: str) -> bool:
    """Whether a ref is a remote's HEAD, which is symbolic."""
    return ref.startswith(_REMOTES) and ref.endswith("/HEAD")
