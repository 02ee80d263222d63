"""What came with a request or command: the repository and worktree that it is about, and other arguments.

The place is that of the document named. A command that names none means the first workspace folder.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.problems import NotARepositoryError, UsageError
from forksight.features.context import Context
from forksight.lsp.wire.uris import path_of

if TYPE_CHECKING:
    from forksight.features.overlaps.projects import Project
    from forksight.lsp.server import ForksightServer

_EXAMPLE = 'send one such as {"textDocument": {"uri": "file:///…"}}'

PLACE = frozenset({"uri", "textDocument"})  # the keys that name a place; every command takes them


def parameters(params: object) -> Mapping[str, Any]:
    """The parameters of a `forksight/…` request. Raises `UsageError` unless they are an object that names a document.

    Which place is meant is never guessed: whoever asks about one repository must not be answered about another.
    """
    if not isinstance(params, Mapping):
        raise UsageError(f"the parameters are no object but {_excerpt(params)}", fix=_EXAMPLE)
    if uri_in(params) is None:
        raise UsageError("the parameters name no document", fix=_EXAMPLE)
    return params


def uri_in(arguments: Mapping[str, Any]) -> str | None:
    """The document that a command's or request's parameters name: `uri`, or `textDocument.uri`; None if they name none.

    Raises `UsageError` for a name that means nothing.
    """
    uri, document = arguments.get("uri"), arguments.get("textDocument")
    if uri is None and document is not None:
        uri = document.get("uri") if isinstance(document, Mapping) else None
        if uri is None:
            raise UsageError(f"textDocument has no uri: {_excerpt(document)}", fix=_EXAMPLE)
    if uri is not None and (not isinstance(uri, str) or not uri):
        raise UsageError(f"{_excerpt(uri)} is no uri", fix='leave it out, or give one such as {"uri": "file:///…"}')
    return uri


def _excerpt(value: object) -> str:
    """A value as JSON, at most 200 characters of it."""
    return json.dumps(value, default=repr)[:200]


def path_in(ls: "ForksightServer", arguments: Mapping[str, Any]) -> str:
    """The resolved path that is meant. Raises `UsageError` if it is no file's, or if no document is named and no folder is open."""
    uri = uri_in(arguments)
    folders = [folder.uri for folder in ls.workspace.folders.values()] or [ls.workspace.root_uri or ""]
    for candidate in [uri] if uri else folders:
        path = path_of(candidate)
        if path is not None:
            return os.path.realpath(path)
    if uri:
        raise UsageError(f"{uri} is no file of this machine", fix="save it first, or name a file of a repository")
    raise UsageError("no document and no folder is open", fix="open a file of a repository first")


async def context_in(ls: "ForksightServer", arguments: Mapping[str, Any]) -> Context:
    """The context of the place that is meant. Raises `NotARepositoryError`, `UsageError`."""
    return await asyncio.to_thread(_context, ls, path_in(ls, arguments))


async def project_in(ls: "ForksightServer", arguments: Mapping[str, Any]) -> "tuple[Project, str]":
    """The project of the place that is meant, and the path. Raises `UsageError` outside of any repository."""
    path = path_in(ls, arguments)
    project = await asyncio.to_thread(ls.projects.project, path)
    if project is None:
        raise UsageError(f"{path} is in no git repository", fix="open a file of a repository")
    return project, path


def _context(ls: "ForksightServer", path: str) -> Context:
    folder = path
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    context = ls.workbench.open(folder, ls.settings)
    try:
        context.repository.common_dir  # noqa: B018 - raises here what would be raised later
    except NotARepositoryError as error:
        raise NotARepositoryError(f"{path} is in no git repository", fix=error.fix) from None
    return context


def text_argument(arguments: Mapping[str, Any], name: str) -> str:
    """An argument that must be a text. Raises `UsageError` if it is not there, or empty."""
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise UsageError(f"{name} is missing", fix=f'give it as {{"{name}": "…"}}')
    return value


def optional_text(arguments: Mapping[str, Any], *names: str) -> str | None:
    """The first of these arguments that was given; null counts as left out. Raises `UsageError` for what is no text."""
    for name in names:
        value = arguments.get(name)
        if value is not None and not isinstance(value, str):
            raise UsageError(f"{name} must be a text", fix=f'give it as {{"{name}": "…"}}')
        if value is not None:
            return value
    return None


def names_in(arguments: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of names among a command's arguments; () if there is none. Raises `UsageError` for anything else."""
    names = arguments.get(name)
    if names is None:
        return ()
    if not isinstance(names, list) or not all(isinstance(text, str) for text in names):
        raise UsageError(f"{name} must be a list of sessions or branches", fix=f'give it as {{"{name}": ["…"]}}')
    return tuple(names)
