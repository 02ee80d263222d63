"""(k) Semantic overlaps (clean merges that break the code): how often the rule is right, and what it costs."""

import random
import time as clock
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from time import perf_counter

import psutil

from bench.client import Client
from bench.options import Options
from bench.overlaps.keystroke import type_on
from bench.repositories import create, git, settle, worktrees
from bench.semantic import clean_merges, divided_steps
from bench.semantic.judges import judge_of
from bench.semantic.programs.dialects import DIALECTS, Dialect
from bench.semantic.programs.edits import edits_for, seeded
from bench.semantic.programs.installed import Package, python_packages, typescript_packages
from bench.semantic.programs.judged import new_errors
from bench.semantic.programs.sides import broken_by, merged
from bench.table import Part, Row, median, percentile, time
from forksight.adapters.git.repository import GitRepository
from forksight.adapters.git.worktrees.discovery import find_common_dir
from forksight.core.settings import LANGUAGES
from forksight.features.overlaps.engine import OverlapEngine

OTHERS, CHANGED, LINES = 50, 10, 10_000
OFF = {"overlaps": {"delay": 0, "semantic": "off"}}
ON = {"overlaps": {"delay": 0, "semantic": "on"}}


def part(options: Options) -> Part:
    """Rows about correctness, then about time and memory."""
    return Part(
        "semantic overlaps",
        [*histories(options), *installed(options), *seeds(options), *strokes(options), *saves(options)],
        "installed packages: one side renames something with all its uses, or drops an import with its only use, the other adds a"
        " copy of a function. Clean merges of a history: two consecutive ranges of commits, both applied to the first one's start, so"
        " that the merge is a commit of that history; or the changes of one commit, distributed to two sides at random. A finding"
        " counts as confirmed if ty or ruff report an error that only the merge has",
    )


def histories(options: Options) -> Iterator[Row]:
    """Rows about findings in merges whose result somebody wrote as a whole, so that unconfirmed ones are wrong."""
    for number, history in enumerate(options.histories):
        clone = options.folder / f"semantic-{number}"
        git(options.folder, "clone", "--quiet", "--no-checkout", str(history), str(clone))
        limit = 40 if options.quick else 120
        for title, merges in (
            ("clean merges ({} of this history", list(clean_merges.reordered(clone, limit))),
            ("commits divided between two sides ({} of this history", list(divided_steps.all_divided(clone, limit))),
        ):
            trees = clean_merges.Trees(clone, options.folder / f"semantic-trees-{number}")
            suspected = [
                merge for merge, findings in zip(merges, clean_merges.findings(clone, merges), strict=True) if findings
            ]
            unconfirmed = [merge for merge in suspected if not trees.new_errors(merge)]
            share = 100 * len(unconfirmed) / len(merges) if merges else 0.0
            yield Row(
                f"unconfirmed per 100 {title.format(len(merges))}, {len(suspected)} with findings)",
                f"{share:.2g}",
                goal="0.2",
                met=share <= 0.2,
                numbers={"merges": len(merges), "found": len(suspected), "unconfirmed": len(unconfirmed)},
            )


def installed(options: Options) -> Iterator[Row]:
    """Rows about breaks of real packages that are found, and findings in merges that break nothing."""
    yield from _installed(options, "Python", list(python_packages()))
    yield from _installed(options, "TypeScript", list(typescript_packages()))


def _installed(options: Options, language: str, packages: Sequence[Package]) -> Iterator[Row]:
    if not packages:
        yield Row(f"breaks found in installed packages, {language}", "none installed")
        return
    chance = random.Random(3)
    counts: Counter[str] = Counter()
    for package in packages:
        number = 6 if options.quick else 20
        for what, broken in (
            ("functions, classes, constants, imports", package.merges(chance, number, broken=True, methods=False)),
            ("functions, classes, constants, imports", package.dropped(chance, number // 2)),
            ("methods", package.merges(chance, number, broken=True, methods=True)),
        ):
            for merge in broken:
                counts[what] += 1
                counts[f"found {what}"] += bool(merged(package.files, merge.ours, merge.theirs).here)
                counts[f"likely {what}"] += bool(merged(package.files, merge.ours, merge.theirs, likely=True).here)
        clean = (package.merges(chance, number, broken=False, methods=methods) for methods in (False, True))
        for merge in chain.from_iterable(clean):
            counts["clean"] += 1
            for title, likely in (("found", False), ("likely", True)):
                breaks = merged(package.files, merge.ours, merge.theirs, likely=likely)
                counts[f"{title} clean"] += bool(breaks.here or breaks.there)
    of = f"{len(packages)} installed packages, {language}"
    for what, goal in (("functions, classes, constants, imports", 0.97), ("methods", 0.7)):
        share = counts[f"found {what}"] / counts[what]
        yield Row(
            f"breaks found in {of}: {what}",
            f"{share:.0%} of {counts[what]}",
            f"{counts[f'likely {what}'] / counts[what]:.0%} with hints",
            goal=f"{goal:.0%}",
            met=share >= goal,
            numbers={"seeds": counts[what], "found": counts[f"found {what}"], "likely": counts[f"likely {what}"]},
        )
    wrong = 100 * counts["found clean"] / counts["clean"]
    yield Row(
        f"unconfirmed per 100 clean merges of {of} ({counts['clean']})",
        f"{wrong:.2g}",
        f"{100 * counts['likely clean'] / counts['clean']:.2g} with hints",
        goal="0.2",
        met=wrong <= 0.2,
        numbers={"merges": counts["clean"], "unconfirmed": counts["found clean"], "likely": counts["likely clean"]},
    )


def seeds(options: Options) -> Iterator[Row]:
    """Rows about breaks seeded in made-up programs: how many the rule finds, and how many a checker confirms."""
    for dialect in DIALECTS:
        for title, goal, methods in (("all but methods", 0.97, False), ("methods", 0.7, True)):
            edits = [edit for edit in edits_for(dialect) if edit.__name__.startswith("method") is methods]
            merges = [seeded(edit, dialect, number) for edit in edits for number in range(20 if options.quick else 60)]
            found = sum(bool(broken_by(seed).here) for seed in merges)
            likely = sum(bool(broken_by(seed, likely=True).here) for seed in merges)
            yield Row(
                f"seeded breaks found, {dialect.name}: {title}",
                f"{found / len(merges):.0%} of {len(merges)}",
                f"{likely / len(merges):.0%} with hints",
                goal=f"{goal:.0%}",
                met=found / len(merges) >= goal,
                numbers={"found": found, "likely": likely, "seeds": len(merges)},
            )
        yield _confirmed(options, dialect)


def _confirmed(options: Options, dialect: Dialect) -> Row:
    what = f"seeded breaks that a checker confirms, {dialect.name}"
    judge = judge_of(dialect.name)
    if judge is None:
        return Row(what, "none installed")
    numbers = range(1 if options.quick else 3)
    merges = [seeded(edit, dialect, number) for edit in edits_for(dialect) for number in numbers]
    errors = new_errors(options.folder / f"seeds-{dialect.name}", merges, judge, together=dialect.name == "typescript")
    unseen = sorted({seed.what for seed, new in zip(merges, errors, strict=True) if not new})
    return Row(
        what,
        f"{sum(map(bool, errors)) / len(merges):.0%} of {len(merges)}",
        f"not: {', '.join(unseen)}" if unseen else "",
        numbers={"confirmed": sum(map(bool, errors)), "seeds": len(merges)},
    )


def strokes(options: Options) -> Iterator[Row]:
    """Rows about a key stroke in a large file that 50 worktrees changed, with semantic overlaps on and off, and about the check after a pause."""
    rng = random.Random(5)
    base = large(rng)
    repository = create(options.folder / "strokes", {"src/big.py": base.encode(), "src/other.py": b"x = 1\n"})
    for number, worktree in enumerate(worktrees(repository, OTHERS)):
        lines = base.splitlines(keepends=True)
        for at in rng.sample(range(len(lines)), 25):
            if lines[at].startswith("    total = "):
                lines[at] = f"    total = {number}\n"
        text = "".join(lines)
        if number == OTHERS - 1:
            text = text.replace("import json\n", "", 1)
        (worktree / "src" / "big.py").write_text(text)
    settle([repository])
    path = repository / "src" / "big.py"
    mine = base + "\n\ndef mine():\n    return json.dumps(1)\n"
    high: dict[str, float] = {}
    during_check: dict[str, list[float]] = {"off": [], "on": []}
    for name, settings in (("off", OFF), ("on", ON), ("off again", OFF), ("on again", ON)):
        with Client(repository, settings) as client:
            client.open(path, mine)
            client.diagnostics(path)
            if settings is ON:
                client.diagnostics(path, wanted=lambda diagnostics: "semantic" in str(diagnostics))
            times: list[float] = []
            for _ in range(6 if options.quick else 20):
                times += type_on(client, path, rng, 12)
                clock.sleep(0.6)  # the semantic check runs in this pause
            for _ in range(4 if options.quick else 10):
                list(type_on(client, path, rng, 3))
                clock.sleep(0.18)
                during_check[name.partition(" ")[0]] += type_on(client, path, rng, 1)
            high[name] = percentile(times, 0.95)
    on, off = (min(high[name], high[f"{name} again"]) for name in ("on", "off"))
    yield Row(
        f"key stroke, {LINES:,} lines, {OTHERS} worktrees, p95 on against off",
        time(on),
        f"off: {time(off)}",
        f"{on / off - 1:+.0%}",
        "+5%",
        on <= 1.05 * off,
        {"on": on, "off": off},
    )
    late, before = median(during_check["on"]), median(during_check["off"])
    yield Row(
        "key stroke during the check of the pause before it, median",
        time(late),
        f"off: {time(before)}",
        numbers={"on": late, "off": before},
    )
    engine = OverlapEngine(GitRepository(find_common_dir(str(repository))), semantic=LANGUAGES)
    engine.refresh()
    plan = engine.semantic_plan(str(repository), "src/big.py")
    assert plan is not None
    engine.check_semantic(plan, mine.encode())
    seconds = []
    for number in range(20):
        typed = mine.replace("    total = ", f"    total = {number}", 1)
        begun = clock.thread_time()
        report = engine.check_semantic(plan, typed.encode())
        seconds.append(clock.thread_time() - begun)
        assert report is not None
        assert report.regions
    yield Row(
        f"after the pause: a use resolved in {LINES:,} lines, CPU",
        time(median(seconds)),
        goal="60 ms",
        met=median(seconds) <= 0.06,
        numbers={"median": median(seconds), "p95": percentile(seconds, 0.95)},
    )


def saves(options: Options) -> Iterator[Row]:
    """Rows about the first check of 50 worktrees with 10 changed files each, its memory, and one more save."""
    rng = random.Random(6)
    files = {f"shop/mod{number}.py": module(rng, number).encode() for number in range(100)}
    repository = create(options.folder / "saves", {"shop/__init__.py": b"", **files})
    others = worktrees(repository, OTHERS)
    for worktree in others:
        for path in rng.sample(sorted(files), CHANGED):
            text = files[path].decode()
            at = text.index("    total = ", rng.randrange(len(text) // 2))
            (worktree / path).write_text(
                f"{text[:at]}    total = {rng.randrange(10_000)}\n{text[at:]}\n\ndef new_{rng.randrange(10_000)}():\n    return 1\n"
            )
    document = repository / "shop" / "mine.py"
    document.write_text("from shop.mod0 import func_0_1\n\n\ndef mine():\n    return func_0_1(1, 2)\n")
    for number in range(1, CHANGED):
        changed = repository / f"shop/mod{number}.py"
        changed.write_text(changed.read_text().replace("    total = ", "    total = 1 + ", 1))
    theirs = others[3] / "shop/mod0.py"
    original = files["shop/mod0.py"].decode()
    theirs.write_text(original.replace("def func_0_1(", "def other("))
    settle([repository, *others])
    looks: dict[str, tuple[float, int]] = {}
    times: list[float] = []
    for name, settings in (("off", OFF), ("on", ON)):
        with Client(repository, settings) as client:
            client.open(document, document.read_text())
            _, textual = client.diagnostics(document)
            if settings is ON:
                _, published_at = client.diagnostics(
                    document, wanted=lambda diagnostics: "semantic-gone" in str(diagnostics)
                )
                looks["beside"] = (published_at - textual, 0)
                clock.sleep(3)
                looks[name] = (0, psutil.Process(client.process.pid).memory_info().rss)
                for _ in range(3 if options.quick else 10):
                    theirs.write_text(original)
                    client.diagnostics(document, wanted=lambda diagnostics: "semantic-gone" not in str(diagnostics))
                    clock.sleep(0.6)
                    begun = perf_counter()
                    theirs.write_text(original.replace("def func_0_1(", "def other("))
                    _, arrived = client.diagnostics(
                        document, wanted=lambda diagnostics: "semantic-gone" in str(diagnostics)
                    )
                    times.append(arrived - begun)
            else:
                clock.sleep(3)
                looks[name] = (0, psutil.Process(client.process.pid).memory_info().rss)
    beside, more = looks["beside"][0], looks["on"][1] - looks["off"][1]
    yield Row(
        f"first check of {OTHERS} worktrees with {CHANGED} changed files, after the textual check",
        time(beside),
        goal="1 s",
        met=beside <= 1,
        numbers={"seconds": beside},
    )
    yield Row("memory that it takes", f"{more / 1e6:.0f} MB", goal="40 MB", met=more <= 40e6, numbers={"bytes": more})
    yield Row(
        "a save there to the finding here",
        f"{time(median(times))}, p95 {time(percentile(times, 0.95))}",
        goal="1 s",
        met=percentile(times, 0.95) <= 1,
        numbers={"median": median(times), "p95": percentile(times, 0.95), "saves": len(times)},
    )


def large(rng: random.Random) -> str:
    """A module of about `LINES` lines."""
    text = "import json\n\n\n" + "".join(module(rng, number) for number in range(LINES // 200 + 1))
    return "".join(text.splitlines(keepends=True)[: LINES - 20]).rpartition("\n\n\n")[0] + "\n"


def module(rng: random.Random, number: int) -> str:
    """A module of about 200 lines."""
    lines = [f"VALUE_{number} = {number}\n\n\n"]
    for index in range(14):
        lines.append(f"def func_{number}_{index}(arg_a, arg_b):\n")
        lines += [f"    total = {rng.randrange(10_000)}\n    arg_a = arg_b + total\n" for _ in range(rng.randint(4, 7))]
        lines.append("    return arg_a\n\n\n")
    return "".join(lines)
