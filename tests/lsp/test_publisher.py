"""Diagnostics on their way to the client: one list a document, made of what each producer has to say about it."""

from forksight.lsp.diagnostics.publisher import Publisher
from forksight.lsp.wire.plain_json import Json


def test_producers_keep_apart() -> None:
    sent: list[Json] = []
    publisher = Publisher(sent.append)
    publisher.show("overlaps", "a", [{"m": 1}], version=1)
    publisher.show("sessions", "a", [{"m": 2}])
    publisher.clear("overlaps", "a")
    publisher.show("sessions", "b", [{"m": 3}])
    publisher.clear_all("sessions")
    assert [(params["uri"], params.get("version"), params["diagnostics"]) for params in sent] == [
        ("a", 1, [{"m": 1}]),
        ("a", 1, [{"m": 1}, {"m": 2}]),
        ("a", 1, [{"m": 2}]),
        ("b", None, [{"m": 3}]),
        ("a", 1, []),
        ("b", None, []),
    ]


def test_only_news_is_sent() -> None:
    sent: list[Json] = []
    publisher = Publisher(sent.append)
    publisher.show("overlaps", "a", [])
    publisher.clear("overlaps", "a")
    publisher.show("overlaps", "a", [{"m": 1}])
    publisher.show("overlaps", "a", [{"m": 1}])
    assert len(sent) == 1
    publisher.show("overlaps", "a", [{"m": 1}], version=2, always=True)
    publisher.closed("a")
    publisher.clear("overlaps", "a")
    assert [params.get("version") for params in sent] == [None, 2, None]
