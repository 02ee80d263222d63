"""Reads the parameters of requests and commands: the repository and worktree they are about, and other arguments.

That is the place of the named document; without one, the first workspace folder that lies in a repository.
"""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
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
    """The parameters of a `forksight/…` request. Raises `UsageError` unless they are an object.

    Unreadable parameters are not treated as missing: a question about one repository must not be answered for another.
    """
    if not isinstance(params, Mapping):
        raise UsageError(f"the parameters are no object but {_excerpt(params)}", fix=_EXAMPLE)
    uri_in(params)
    return params


def uri_in(arguments: Mapping[str, Any]) -> str | None:
    """The document that the parameters name by `uri` or `textDocument.uri`; None if they name none.

    Raises `UsageError` for an invalid value.
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


def paths_in(ls: "ForksightServer", arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """The candidate paths (resolved), the likeliest first: the document's, else those of all workspace folders.

    Raises `UsageError` if the document is no file, or if none is named and no folder is open.
    """
    uri = uri_in(arguments)
    folders = [folder.uri for folder in ls.workspace.folders.values()] or [ls.workspace.root_uri or ""]
    paths = tuple(os.path.realpath(path) for path in map(path_of, [uri] if uri else folders) if path is not None)
    if not paths and uri:
        raise UsageError(f"{uri} is no file of this machine", fix="save it first, or name a file of a repository")
    if not paths:
        raise UsageError("no document and no folder is open", fix="open a file of a repository first")
    return paths


async def context_in(ls: "ForksightServer", arguments: Mapping[str, Any]) -> Context:
    """The context of the place that the arguments name. Raises `NotARepositoryError`, `UsageError`."""
    return await asyncio.to_thread(_context, ls, paths_in(ls, arguments))


async def project_in(ls: "ForksightServer", arguments: Mapping[str, Any]) -> "tuple[Project, str]":
    """The project of the place that the arguments name, and the path. Raises `UsageError` outside of any repository."""
    paths = paths_in(ls, arguments)
    for path in paths:
        if project := await asyncio.to_thread(ls.projects.project, path):
            return project, path
    raise UsageError(f"{paths[0]} is in no git repository", fix="open a file of a repository")


def _context(ls: "ForksightServer", paths: Sequence[str]) -> Context:
    """The context of the first of these paths that lies in a repository. Raises `NotARepositoryError` about the first path."""
    refusals = []
    for path in paths:
        folder = path
        while not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        context = ls.workbench.open(folder, ls.settings)
        try:
            context.repository.common_dir  # noqa: B018 - raises here what would be raised later
        except NotARepositoryError as error:
            refusals.append(NotARepositoryError(f"{path} is in no git repository", fix=error.fix))
        else:
            return context
    raise refusals[0]


def text_argument(arguments: Mapping[str, Any], name: str) -> str:
    """A required text argument. Raises `UsageError` if it is missing or empty."""
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise UsageError(f"{name} is missing", fix=f'give it as {{"{name}": "…"}}')
    return value


def optional_text(arguments: Mapping[str, Any], *names: str) -> str | None:
    """The first of these arguments that is given; null counts as omitted. Raises `UsageError` if it is no text."""
    for name in names:
        value = arguments.get(name)
        if value is not None and not isinstance(value, str):
            raise UsageError(f"{name} must be a text", fix=f'give it as {{"{name}": "…"}}')
        if value is not None:
            return value
    return None


def names_in(arguments: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """An optional list of names among a command's arguments; () if omitted. Raises `UsageError` for anything else."""
    names = arguments.get(name)
    if names is None:
        return ()
    if not isinstance(names, list) or not all(isinstance(text, str) for text in names):
        raise UsageError(f"{name} must be a list of sessions or branches", fix=f'give it as {{"{name}": ["…"]}}')
    return tuple(names)


def branch_here(context: Context) -> str:
    """The branch of the context's worktree. Raises `UsageError` if none is checked out."""
    if context.here.branch is None:
        raise UsageError(f"no branch is checked out in {context.here.path}", fix="name a session or branch")
    return context.here.branch
