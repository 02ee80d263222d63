"""What a person is told about a file by which one git keeps others out, and which a killed git leaves behind."""

from forksight.core.words import shell


def advice_about(path: str) -> str:
    """What to do about git's lock at `path`. Only a person knows whether a git is at work."""
    return f"another git is at work; if none is, remove the lock: `{shell.join(['rm', path])}`"
