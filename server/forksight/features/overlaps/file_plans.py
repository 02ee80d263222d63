"""What checking files of a worktree takes beside their text: whom each meets, and their versions."""

from collections.abc import Callable, Mapping, Sequence

from forksight.core.git.snapshot import REGULAR, Snapshot
from forksight.core.overlaps.check import ABSENT, FilePlan, check
from forksight.core.overlaps.overlap import FileReport, Side
from forksight.core.ports.git import Repository
from forksight.core.problems import Problem
from forksight.features.overlaps.pairs.pair import Met, States, driver_of, not_compared, not_here, side, states
from forksight.features.overlaps.texts import Reading, Texts
from forksight.features.overlaps.verdicts import as_git_says


class FilePlans:
    """Makes the plans of one repository's files. Any thread may ask."""

    def __init__(self, repository: Repository, texts: Texts, incomplete: Callable[[], None]) -> None:
        """`incomplete` is called when a plan has to do without a text that is not to be had now."""
        self._incomplete = incomplete
        self._repository = repository
        self._texts = texts

    def report(self, ours: Snapshot, others: Sequence[Met]) -> tuple[FileReport, ...]:
        """Every file of a worktree that meets one of these others, as it is on disk, by path."""
        wanted: dict[str, list[Met]] = {}
        for met in others:
            for path in met.meeting_paths:
                wanted.setdefault(path, []).append(met)
        plans, texts = self.of(ours, wanted)
        reports = [_check_on_disk(plans[path], wanted[path], texts) for path in sorted(wanted)]
        return tuple(report for report in reports if report.regions or report.problems)

    def of(self, ours: Snapshot, wanted: Mapping[str, Sequence[Met]]) -> tuple[dict[str, FilePlan], Reading]:
        """The plan of each path against these others, and the texts, which are read for all of them together."""
        attributes = self._repository.attributes(ours.worktree, sorted(wanted))
        compared: dict[str, list[Met]] = {}
        problems: dict[str, dict[Problem, None]] = {}
        for path, others in wanted.items():
            compared[path], problems[path] = [], {}
            for met in others:
                meeting = path in met.meeting_paths
                problem = not_compared(met, path, attributes.get(path)) if meeting else None
                problems[path] |= dict.fromkeys([problem] if problem else met.problems if meeting else ())
                if not problem:
                    compared[path].append(met)
        texts = self._texts.read(
            (state for path, pairs in compared.items() for met in pairs if (state := states(met, path))), here=True
        )
        plans = {}
        for path, pairs in compared.items():
            driver = driver_of(attributes.get(path))
            sides: dict[States, list[Side]] = {}
            for met in pairs:
                state = states(met, path)
                if state and texts.missing(state):
                    problems[path][not_here(met, path)] = None
                    self._incomplete()
                    continue
                judged = as_git_says(met, path, attributes.get(path), texts)
                if judged:
                    sides.setdefault(judged, []).append(side(met, path, judged))
            opponents = tuple(texts.opponent(state, alike, driver) for state, alike in sides.items())
            plans[path] = FilePlan(path, _mode_here(pairs, path), opponents, tuple(problems[path]))
        return plans, texts


def _check_on_disk(plan: FilePlan, others: Sequence[Met], texts: Reading) -> FileReport:
    state = next((known for met in others if (known := states(met, plan.path))), None)
    return check(plan, plan.mode, texts.text(state.ours if state else None))


def _mode_here(others: Sequence[Met], path: str) -> int:
    """A path's mode here, as far as it meets others; `REGULAR` where they know nothing of it."""
    for met in others:
        state = states(met, path)
        if state:
            return state.ours.mode if state.ours else ABSENT
    gone = any((change := met.pairing.ours.get(path)) and change.new is None for met in others)
    return ABSENT if gone else REGULAR
