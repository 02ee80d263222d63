"""Adds the repository's address to the package's metadata: project links, and absolute URLs in place of the README's relative links.

`make release REPOSITORY=https://…` passes the address as FORKSIGHT_REPOSITORY. Without it the README stays as it is.
"""

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(!?)(\[[^\]]*\])\((?!https?:|#)([^)]+)\)")


class PublishedMetadata(MetadataHookInterface):
    """Adds `readme` and `urls`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill in what pyproject.toml calls dynamic."""
        repository = os.environ.get("FORKSIGHT_REPOSITORY", "").rstrip("/")
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        if repository:
            text = _LINK.sub(rf"\1\2({repository}/blob/HEAD/\3)", text)
            text = re.sub(rf"(!\[[^\]]*\]\({re.escape(repository)})/blob/", r"\1/raw/", text)
            metadata["urls"] = {
                "Repository": repository,
                "Issues": f"{repository}/issues",
                "Changelog": f"{repository}/blob/HEAD/CHANGELOG.md",
                "Documentation": f"{repository}/blob/HEAD/docs/guide.md",
            }
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
