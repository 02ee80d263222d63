"""(l) Sharing with colleagues: how soon their edits are reported, the traffic, the cost on this machine, and the disk space."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from bench.options import Options
from bench.table import Part, Row
from bench.teams import growth, keystrokes, saves, wire


def part(options: Options) -> Part:
    """Rows of all modules of this folder. `saves`, which mostly waits, and `growth`, which mostly computes, run at the same time."""
    rows = [*wire.rows(options), *keystrokes.rows(options)]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        growing = pool.submit(_growth, options)
        rows += [*saves.rows(options), *growing.result()]
    return Part(
        "colleagues",
        rows,
        "through git's own http-backend on the loopback; bytes without the headers of HTTP, and of a push only those sent; plain git's"
        f" figures were measured before the wire format was chosen; {saves.SAVES} saves in each of {saves.PAIRS} pairs of machines at each latency,"
        f" while one more pair is idle; both machines of the last rows poll after every {growth.EVERY}th publish",
    )


def _growth(options: Options) -> list[Row]:
    return list(growth.rows(options))
