"""The log in the client: what is wrong is shown once."""

from forksight.core.problems import GitError
from forksight.lsp.log import Log


def test_what_is_wrong_is_shown_once_whatever_it_keeps_from_being_done() -> None:
    logged: list[str] = []
    shown: list[str] = []
    log = Log(lambda params: logged.append(params.message), lambda params: shown.append(params.message))
    for doing in ("check a.py", "check b.py"):
        log.failed(doing, GitError("git could not be started", fix="install git"))
        try:
            raise ValueError(doing)
        except ValueError as error:
            log.failed(doing, error)
    assert shown == [
        "Forksight could not check a.py: git could not be started: install git",
        "Forksight could not check a.py because of an internal error. It keeps running; the log has the details.",
    ]
    assert len(logged) == 4
