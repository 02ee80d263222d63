"""Our quicker dataclasses are what `dataclasses.dataclass(frozen=True, slots=True)` makes of the same class."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from forksight.core import frozen

KINDS: list[Callable[..., Any]] = [dataclasses.dataclass, frozen.dataclass]


class Nothing:
    """Without a field."""


class Entry:
    """With each kind of field."""

    oid: str
    mode: int = 0o644
    names: tuple[str, ...] = ()
    seen: dict[str, int] = dataclasses.field(default_factory=dict)
    note: str = dataclasses.field(default="", compare=False, repr=False)

    @property
    def plain(self) -> bool:
        return self.mode == 0o644


class Single:
    """With one field."""

    value: object

    def __repr__(self) -> str:
        return "its own"


def made(kind: Callable[..., Any], cls: type, **options: bool) -> Any:
    body = {name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")}
    return kind(frozen=True, **(options or {"slots": True}))(
        type(cls.__name__, (), {**body, "__qualname__": f"{cls.__qualname__}_"})
    )


@pytest.fixture(params=KINDS, ids=["dataclasses", "ours"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    def make(cls: type, **options: bool) -> Any:
        result = made(request.param, cls, **options)
        monkeypatch.setitem(globals(), result.__qualname__, result)  # where pickle looks for it
        return result

    return make


def test_it_is_made_compared_and_shown_as_a_dataclass(kind: Callable[..., Any]) -> None:
    entry = kind(Entry)
    a, b = entry("a"), entry("a", 0o644, (), {}, "another note")
    assert (a.oid, a.mode, a.names, a.seen, a.note, a.plain) == ("a", 0o644, (), {}, "", True)
    assert a.seen is not b.seen
    assert a == b
    assert a != entry("b")
    assert a != "a"
    assert repr(a) == "Entry_(oid='a', mode=420, names=(), seen={})"
    assert entry.__match_args__ == ("oid", "mode", "names", "seen", "note")
    assert not hasattr(a, "__dict__")
    with pytest.raises(TypeError):
        entry()
    with pytest.raises(TypeError):
        hash(a)  # it holds a dict
    single, nothing = kind(Single), kind(Nothing)
    assert hash(single(("x",))) == hash(single(("x",)))
    assert {single(1), single(1), single(2)} == {single(2), single(1)}
    assert repr(single(1)) == "its own"
    assert nothing() == nothing()


def test_it_is_frozen(kind: Callable[..., Any]) -> None:
    entry = kind(Entry)("a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        entry.oid = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del entry.oid


def test_it_may_take_names_only_and_keep_what_it_computed(kind: Callable[..., Any]) -> None:
    entry = kind(Entry, kw_only=True)
    a = entry(mode=1, oid="a")
    assert (a.oid, a.mode, a.seen, vars(a)["oid"]) == ("a", 1, {}, "a")
    assert a == entry(oid="a", mode=1) == copy.copy(a) == pickle.loads(pickle.dumps(a))
    with pytest.raises(TypeError):
        entry("a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        a.mode = 2


def test_what_takes_dataclasses_takes_it(kind: Callable[..., Any]) -> None:
    entry = kind(Entry)("a", names=("x",), note="n")
    assert dataclasses.replace(entry, mode=1).mode == 1
    assert dataclasses.asdict(entry) == {"oid": "a", "mode": 0o644, "names": ("x",), "seen": {}, "note": "n"}
    assert orjson.loads(orjson.dumps(entry))["names"] == ["x"]
    for twin in (copy.copy(entry), copy.deepcopy(entry), pickle.loads(pickle.dumps(entry))):
        assert (twin, twin.note) == (entry, "n")
