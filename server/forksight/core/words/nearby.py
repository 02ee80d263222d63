"""Paths as a person in a repository would say them."""

import os


def near(path: str, repository: str, home: str) -> str:
    """A path from the folder that the main checkout lies in, or from home; else as it is. `repository` is the common dir."""
    neighbourhood = os.path.dirname(os.path.dirname(repository)).rstrip("/") + "/"
    if neighbourhood != "/" and path.startswith(neighbourhood):
        return path.removeprefix(neighbourhood)
    home = home.rstrip("/") + "/"
    return f"~/{path.removeprefix(home)}" if path.startswith(home) else path
