"""What the tests of comparing share: the yard of the clean-up."""

from tests.cleanup.conftest import _no_outer_session, claude, model, stage, yard  # noqa: F401 - fixtures, by their names
