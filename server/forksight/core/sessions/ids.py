"""What can be a session's id: it becomes the name of a file, and an argument of Claude Code's command line."""

import re

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,127}")


def is_session_id(text: str) -> bool:
    """Whether a text can be an id: no option (nothing begins with a dash), no path, one word."""
    return _ID.fullmatch(text) is not None
