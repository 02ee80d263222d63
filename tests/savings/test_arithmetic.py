"""The arithmetic of savings, prices, and how a cold start is told."""

import pytest

from forksight.core.problems import UsageError
from forksight.core.savings.prices import prices_of, read_prices, template
from forksight.core.savings.savings import Arithmetic, Savings, families
from forksight.core.savings.spending import Answer, Bill, Spending, Spent, answers, book
from forksight.core.sessions.session import Evidence, Node, Rows, State, Tokens

PRICE = {"input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75, "cache_write_1h": 6}


@pytest.mark.parametrize(
    ("contexts", "work", "apart", "forked", "percent"),
    [
        ((25, 25, 25), (25, 25, 25), 150, 100, 33),
        ((15, 15, 15), (50, 40, 40), 175, 145, 17),
        ((20, 20, 20), (40, 40, 10), 150, 110, 27),
        ((30,), (5,), 35, 35, 0),
        ((), (), 0, 0, 0),
    ],
)
def test_contexts_built_once_against_once_per_fork(
    contexts: tuple[int, ...], work: tuple[int, ...], apart: int, forked: int, percent: int
) -> None:
    sums = Arithmetic(contexts, work)
    assert (sums.apart, sums.forked, sums.saved) == (apart, forked, apart - forked)
    assert round(sums.share * 100) == percent


def node(name: str, inherited: int = 0, parent: str | None = None, own: Tokens | None = None) -> Node:
    rows = Rows(5, inherited)
    place = None, None, float(inherited), 0.0
    return Node(name, name, parent, Evidence.ROWS, State.IDLE, *place, rows, own or Tokens())


def answer(name: str, row: int, moment: float, read: int, written: int, hour: int = 0) -> Answer:
    return Answer(name, row, "m", moment, Tokens(1, 9, read, written), hour, context=10 + read + written)


@pytest.mark.parametrize(
    ("moment", "read", "hour", "cold", "late"),
    [
        (1200.0, 1000, 0, False, False),
        (1200.0, 100, 0, True, False),
        (1400.0, 100, 0, True, True),
        (1400.0, 100, 900, True, False),
        (9000.0, 100, 900, True, True),
    ],
)
def test_cold_starts(moment: float, read: int, hour: int, *, cold: bool, late: bool) -> None:
    base = answer("a", 1, 1000.0, 90, 900, hour)
    nodes = [node("base"), node("fork", 2, "base")]
    read_now = {
        "base": Spending((base,)),
        "fork": Spending((base, answer("b", 3, moment, read, 1100 - read), answer("c", 4, moment + 1, 1100, 50))),
    }
    (family,) = families(nodes, read_now, book(nodes, read_now))
    (start,) = family.starts
    assert (start.context, start.turns, start.again, start.cold, start.late) == (1000, 2, read + 1000, cold, late)
    assert start.waited == moment - 1000.0
    assert start.paid_again == (900 if cold else 0)
    hint = Savings("", families=(family,)).hint or ""
    assert ("minutes after" in hint, bool(hint)) == (late, cold)
    assert not late or f"{60 if hour else 5} minutes" in hint


def test_a_sibling_keeps_the_cache_warm() -> None:
    base = answer("a", 1, 1000.0, 90, 900)
    nodes = [node("base"), node("one", 2, "base"), node("two", 2, "base")]
    read_now = {
        "base": Spending((base,)),
        "one": Spending((base, answer("b", 3, 1250.0, 1000, 50))),
        "two": Spending((base, answer("c", 3, 1500.0, 1000, 50))),
    }
    (family,) = families(nodes, read_now, book(nodes, read_now))
    assert [start.waited for start in family.starts] == [250.0, 250.0]


def test_rows_of_any_shape() -> None:
    answered, unreadable = answers(
        b"\n".join(
            [
                b"",
                b"{half",
                b'{"uuid":"u","type":"assistant","message":{"id":"m","usage":{"output_tokens":"x"}}}',
                b'{"uuid":"u","type":"assistant","message":{"id":"m","model":"c","usage":{"output_tokens":3,'
                b'"cache_creation_input_tokens":5,"cache_creation":{"ephemeral_1h_input_tokens":4}}}}',
                b'{"uuid":"u","type":"assistant","message":{"id":"m","usage":{"output_tokens":0}}}',
                b'{"uuid":"u","type":"user","message":[]}',
            ]
        )
    )
    assert unreadable == 3
    assert [(answer.tokens, answer.hour, answer.row) for answer in answered] == [(Tokens(0, 3, 0, 5), 4, 0)]


def test_prices() -> None:
    prices = prices_of({"currency": "EUR", "models": {"m": PRICE}})
    million = 1_000_000
    bill = Bill(Tokens(million, million, million, 2 * million), million)
    assert prices.cost(Spent(node("a"), {"m": bill})) == pytest.approx(3 + 15 + 0.3 + 3.75 + 6)
    assert prices.cost(Spent(node("a"), {"m": bill, "other": bill})) is None


def test_a_template_is_a_table_once_it_is_filled_in() -> None:
    filled = template(['claude "x"', "claude-y"]).replace("# fill in", "1.5")
    assert set(read_prices(filled).models) == {'claude "x"', "claude-y"}


@pytest.mark.parametrize(
    "text", ["", "models = 3", "[models.m]\ninput = 1", template(["m"]), "[models]\nm = 1", "[models.m]\ninput = true"]
)
def test_tables_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="price table"):
        read_prices(text)
