"""Random work in one repository, as several people and agents do it: edits, commits, rebases, worktrees made, moved and removed, gc."""

import os
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.conftest import Checkout

FILES = tuple(f"{folder}f{number}.txt" for folder in ("", "src/") for number in range(4))
LINES = 40
MOST_WORKTREES = 6


class Work:
    """Does one random thing after another. `main` is never removed; the same seed does the same things."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self._folder = folder
        self._rng = rng
        self._made = 0
        self.done: list[str] = []  # what was done, for who reads a failure
        self.main = Checkout(folder / "main")
        self.main.path.mkdir()
        self.main.git("init", "--quiet", "--initial-branch=main")
        self.main.git("config", "gc.auto", "0")
        self.main.commit({name: "".join(f"line {n}\n" for n in range(LINES)) for name in FILES}, "base")
        self.linked: list[Checkout] = []
        for _ in range(3):
            self._make()

    @property
    def checkouts(self) -> list[Checkout]:
        """The main one, then the linked ones."""
        return [self.main, *self.linked]

    def step(self) -> None:
        """One thing; git refuses some of them, as it does to people."""
        actions: tuple[tuple[int, Callable[[], None]], ...] = (
            *((30, self._edit), (4, self._new_file), (3, self._remove), (3, self._rename), (8, self._commit)),
            *((4, self._rebase), (2, self._make), (2, self._move), (1, self._drop), (1, self._gc), (2, self._discard)),
            (2, self._merge),
        )
        (action,) = self._rng.choices([action for _, action in actions], [weight for weight, _ in actions])
        with suppress(AssertionError, OSError, IndexError):  # git said no, or no file is left to choose from
            action()

    def settle(self) -> None:
        """Leave no rebase or merge half way: git's own answer is about whole trees."""
        for checkout in self.checkouts:
            git_dir = Path(checkout.git("rev-parse", "--absolute-git-dir").strip())
            for name, state in (("rebase", "rebase-merge"), ("merge", "MERGE_HEAD")):
                if not (git_dir / state).exists():
                    continue
                try:
                    checkout.git(name, "--abort")
                except AssertionError:  # untracked files are in the way of what comes back
                    self.note(checkout, f"remove untracked files, then {name} --abort")
                    checkout.git("clean", "--quiet", "--force", "-d")
                    checkout.git(name, "--abort")

    def note(self, checkout: Checkout | None, what: str) -> None:
        self.done.append(f"{checkout.path.name if checkout else ''}: {what}")

    def _anywhere(self) -> Checkout:
        return self._rng.choice(self.checkouts)

    def _files(self, checkout: Checkout) -> list[str]:
        paths = [path for path in checkout.path.rglob("*.txt") if ".git" not in path.parts and path.is_file()]
        return sorted(str(path.relative_to(checkout.path)) for path in paths)

    def _edit(self) -> None:
        checkout = self._anywhere()
        path = checkout.path / self._rng.choice(self._files(checkout))
        lines = path.read_text().splitlines(keepends=True)
        place = self._rng.randrange(len(lines) + 1)
        kind = self._rng.choice(("replace", "replace", "insert", "delete"))
        new = [] if kind == "delete" else [f"{checkout.path.name} {self._rng.randrange(3)}\n"]
        lines[place : place + (kind != "insert")] = new
        self.note(checkout, f"{kind} line {place} of {path.name}")
        if self._rng.random() < 0.5:
            path.write_text("".join(lines))
        else:  # as most editors save
            draft = path.with_name(f".{path.name}.swp")
            draft.write_text("".join(lines))
            os.replace(draft, path)

    def _new_file(self) -> None:
        checkout = self._anywhere()
        name = f"{self._rng.choice(('', 'src/', 'new/'))}n{self._rng.randrange(3)}.txt"
        self.note(checkout, f"write {name}")
        checkout.write({name: f"{checkout.path.name}\n" * self._rng.randrange(1, 5)})

    def _remove(self) -> None:
        checkout = self._anywhere()
        name = self._rng.choice(self._files(checkout))
        self.note(checkout, f"remove {name}")
        (checkout.path / name).unlink()

    def _rename(self) -> None:
        checkout = self._anywhere()
        name = self._rng.choice(self._files(checkout))
        self.note(checkout, f"rename {name}")
        os.replace(checkout.path / name, checkout.path / f"{name.removesuffix('.txt')}r.txt")

    def _commit(self) -> None:
        checkout = self._anywhere()
        self.note(checkout, "commit")
        checkout.commit()

    def _discard(self) -> None:
        checkout = self._anywhere()
        self.note(checkout, "reset --hard")
        checkout.git("reset", "--quiet", "--hard")

    def _rebase(self) -> None:
        checkout = self._rng.choice(self.linked)
        checkout.commit()
        self.note(checkout, "rebase main")
        try:
            checkout.git("rebase", "--quiet", "main")
        except AssertionError:
            self.note(checkout, "rebase stopped")
            if self._rng.random() < 0.5:
                checkout.git("rebase", "--abort")

    def _merge(self) -> None:
        branch = self._rng.choice(self.linked).git("branch", "--show-current")
        self.note(self.main, f"merge {branch}")
        self.main.commit()
        try:
            self.main.git("merge", "--quiet", "--no-edit", branch)
        except AssertionError:
            self.main.git("merge", "--abort")

    def _make(self) -> None:
        if len(self.checkouts) < MOST_WORKTREES:
            self._made += 1
            self.note(None, f"make w{self._made}")
            self.linked.append(self.main.worktree(f"w{self._made}"))

    def _move(self) -> None:
        checkout = self._rng.choice(self.linked)
        self._made += 1
        to = self._folder / f"w{self._made}"
        self.note(checkout, f"move to {to.name}")
        if self._rng.random() < 0.5:
            self.main.git("worktree", "move", str(checkout.path), str(to))
        else:  # by hand, which git hears of a moment later
            os.rename(checkout.path, to)
            self.main.git("worktree", "repair", str(to))
        self.linked[self.linked.index(checkout)] = Checkout(to)

    def _drop(self) -> None:
        if len(self.linked) < 2:
            return
        checkout = self.linked.pop(self._rng.randrange(len(self.linked)))
        self.note(checkout, "remove the worktree")
        if self._rng.random() < 0.5:
            self.main.git("worktree", "remove", "--force", str(checkout.path))
        else:
            shutil.rmtree(checkout.path)
            self.main.git("worktree", "prune")

    def _gc(self) -> None:
        self.note(self.main, "gc")
        self.main.git("gc", "--quiet", "--prune=now")
