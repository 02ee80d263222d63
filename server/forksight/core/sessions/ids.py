"""Valid session ids: an id becomes a file name and an argument of Claude Code's command line."""

import re

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,127}")


def is_session_id(text: str) -> bool:
    """Whether a text is a valid id: one word that is no path and does not begin with a dash."""
    return _ID.fullmatch(text) is not None
