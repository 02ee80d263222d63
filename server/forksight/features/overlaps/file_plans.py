"""Makes the plans of files: what checking a file takes besides its text."""

from collections.abc import Callable, Mapping, Sequence

from forksight.core.git.snapshot import REGULAR, Snapshot, Worktree
from forksight.core.merge.diff import join_lines
from forksight.core.overlaps.check import ABSENT, FilePlan, check, check_text
from forksight.core.overlaps.overlap import FileReport, Side
from forksight.core.ports.git import Repository
from forksight.core.problems import Problem
from forksight.features.overlaps.pairs.pair import ComparedPair, States, driver_of, not_compared, not_here, side, states
from forksight.features.overlaps.texts import Reading, Recent, Texts
from forksight.features.overlaps.verdicts import as_git_says


class FilePlans:
    """The file plans of one repository. Thread-safe."""

    def __init__(self, repository: Repository, texts: Texts, incomplete: Callable[[], None]) -> None:
        """`incomplete` is called when a plan lacks a text that can't be read now."""
        self._incomplete = incomplete
        self._repository = repository
        self._texts = texts
        # By worktree and path: plans whose memory has the check of the text on disk, so that opening the file does not wait for it.
        self._checked: Recent[tuple[str, str], FilePlan] = Recent()

    def turn(self) -> None:
        """Begin a new turn of the cache (`Recent.turn`)."""
        self._checked.turn()

    def report(self, ours: Snapshot, others: Sequence[ComparedPair]) -> tuple[FileReport, ...]:
        """The overlaps of a worktree's files, as they are on disk, with these others; sorted by path."""
        to_check: dict[str, list[ComparedPair]] = {}
        for pair in others:
            for path in pair.meeting_paths:
                to_check.setdefault(path, []).append(pair)
        plans, texts = self.of(ours, to_check)
        reports = [self._check_on_disk(ours.worktree, plans[path], to_check[path], texts) for path in sorted(to_check)]
        return tuple(report for report in reports if report.regions or report.problems)

    def of(self, ours: Snapshot, to_check: Mapping[str, Sequence[ComparedPair]]) -> tuple[dict[str, FilePlan], Reading]:
        """The plan of each path in `to_check` against its pairs; and their texts, which are read for all plans together."""
        attributes = self._repository.attributes(ours.worktree, sorted(to_check))
        compared: dict[str, list[ComparedPair]] = {}
        problems: dict[str, dict[Problem, None]] = {}
        for path, others in to_check.items():
            compared[path], problems[path] = [], {}
            for pair in others:
                meeting = path in pair.meeting_paths
                problem = not_compared(pair, path, attributes.get(path)) if meeting else None
                problems[path] |= dict.fromkeys([problem] if problem else pair.problems if meeting else ())
                if not problem:
                    compared[path].append(pair)
        texts = self._texts.read(
            (state for path, pairs in compared.items() for pair in pairs if (state := states(pair, path))), here=True
        )
        plans = {}
        for path, pairs in compared.items():
            driver = driver_of(attributes.get(path))
            sides: dict[States, list[Side]] = {}
            for pair in pairs:
                state = states(pair, path)
                if state and texts.missing(state):
                    problems[path][not_here(pair, path)] = None
                    self._incomplete()
                    continue
                judged = as_git_says(pair, path, attributes.get(path), texts)
                if judged:
                    sides.setdefault(judged, []).append(side(pair, path, judged))
            opponents = tuple(texts.opponent(state, alike, driver) for state, alike in sides.items())
            plan = FilePlan(path, _mode_here(pairs, path), opponents, tuple(problems[path]))
            checked = self._checked.recall((ours.worktree.path, path))
            plans[path] = checked if checked == plan else plan
        return plans, texts

    def _check_on_disk(
        self, worktree: Worktree, plan: FilePlan, others: Sequence[ComparedPair], texts: Reading
    ) -> FileReport:
        state = next((state for pair in others if (state := states(pair, plan.path))), None)
        text = texts.text(state.ours if state else None)
        if not plan.takes_long:
            return check(plan, plan.mode, text)
        key = (worktree.path, plan.path)
        self._checked.drop(key)
        return check_text(self._checked.put(key, plan), join_lines(text.lines))


def _mode_here(others: Sequence[ComparedPair], path: str) -> int:
    """A path's mode on this side, from its pairs; `REGULAR` if none of them has it."""
    for pair in others:
        state = states(pair, path)
        if state:
            return state.ours.mode if state.ours else ABSENT
    deleted = any((change := pair.pairing.ours.get(path)) and change.new is None for pair in others)
    return ABSENT if deleted else REGULAR
