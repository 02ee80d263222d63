"""What the tests of comparing share: a repository with forks."""

from tests.cleanup.conftest import _no_outer_session, claude, forks_repo, model, sessions_repo  # noqa: F401 - fixtures, by their names
