"""The index finds the hunks that touch, however long they are and however many versions there are."""

from hypothesis import given
from hypothesis import strategies as st

from forksight.core.merge.diff import Hunk
from forksight.core.merge.hunk_index import JOINED_GAP, HunkIndex


@st.composite
def hunks(draw: st.DrawFn) -> list[Hunk]:
    """What one version changed: hunks in order, at least one kept line between two."""
    changed: list[Hunk] = []
    base = new = 0
    for kept, removed, added in draw(
        st.lists(st.tuples(st.integers(1, 30), st.integers(0, 80), st.integers(0, 3)), max_size=8)
    ):
        base, new = base + kept, new + kept
        changed.append(Hunk(base, base + removed, new, new + added))
        base, new = base + removed, new + added
    return changed


@given(hunks(), st.dictionaries(st.integers(0, 5), hunks()))
def test_every_pair_of_hunks_that_touch_is_in_one_window(ours: list[Hunk], versions: dict[int, list[Hunk]]) -> None:
    windows = HunkIndex(versions).touching(ours)
    for number, theirs in versions.items():
        touching = {
            (i, j)
            for i, hunk in enumerate(ours)
            for j, their in enumerate(theirs)
            if their.base_start <= hunk.base_end and their.base_end >= hunk.base_start
        }
        within = [
            {(i, j) for i in range(mine.start, mine.stop) for j in range(other.start, other.stop)}
            for mine, other in windows.get(number, [])
        ]
        assert touching <= set().union(*within)
        assert all(window & touching for window in within)
        assert sum(len(window) for window in within) == len(set().union(*within)), "windows are apart"
        for mine, other in windows.get(number, []):
            first, *later = sorted([*ours[mine], *theirs[other]])
            end = first.base_end
            for hunk in later:
                assert hunk.base_start - end <= JOINED_GAP, "what is further away is merged by itself"
                end = max(end, hunk.base_end)
