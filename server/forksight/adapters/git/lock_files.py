"""The files by which one git keeps others out. Forksight removes none of them: a git may be at work."""

import os


def lock_in(git_dir: str) -> str | None:
    """The path of a lock in a git dir itself, such as that of its HEAD or index; None if there is none. Raises `OSError`."""
    return next((os.path.join(git_dir, name) for name in sorted(os.listdir(git_dir)) if name.endswith(".lock")), None)
