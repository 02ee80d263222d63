"""Workers: the newest request of each key, when its time has come."""

import random
import threading

from forksight.lsp.diagnostics.worker import Worker


def test_the_newest_request_of_a_key_is_run_once() -> None:
    ran: list[str] = []
    gate, done = threading.Event(), threading.Event()

    def work(key: str) -> None:
        gate.wait(60)
        ran.append(key)
        if key == "last":
            done.set()

    worker = Worker("test", work, lambda *_: None)
    worker.request("first")
    for _ in range(100):
        worker.request("again")
    worker.request("never", 3600)
    worker.request("last", 0.01)
    gate.set()
    assert done.wait(60)
    assert ran == ["first", "again", "last"]
    worker.close()


def test_a_failure_does_not_end_the_worker() -> None:
    failures: list[str] = []
    done = threading.Event()

    def work(key: str) -> None:
        if key == "bad":
            raise ValueError(key)
        done.set()

    worker = Worker("test", work, lambda key, error: failures.append(f"{key}: {error}"))
    worker.request("bad")
    worker.request("good", 0.01)
    assert done.wait(60)
    assert failures == ["bad: bad"]
    assert worker.wait_idle(60)
    worker.close()


def test_a_key_that_takes_long_keeps_no_other_waiting_and_is_worked_on_once_at_a_time() -> None:
    ran: list[str] = []
    begun, gate, quick = threading.Event(), threading.Event(), threading.Event()

    def work(key: str) -> None:
        ran.append(key)
        if key == "slow":
            begun.set()
            assert gate.wait(60)
        else:
            quick.set()

    worker = Worker("test", work, lambda *_: None, threads=3)
    worker.request("slow")
    assert begun.wait(60)
    worker.request("slow")
    worker.request("quick", 0.01)
    assert quick.wait(60)
    assert ran == ["slow", "quick"]
    gate.set()
    assert worker.wait_idle(60)
    assert ran == ["slow", "quick", "slow"]
    worker.close()


def test_every_request_is_worked_on_whatever_comes_before_and_after_it() -> None:
    rng = random.Random(3)
    ran = {f"{number}": threading.Event() for number in range(40)}
    worker = Worker("test", lambda key: ran[key].set(), lambda *_: None, threads=3)
    for _ in range(20):
        for key, event in ran.items():
            event.clear()
            worker.request(key, rng.choice((0.0, 0.0, 0.001, 0.004)))
        assert all(event.wait(120) for event in ran.values())
    assert worker.wait_idle(120)
    worker.close()
