"""The bare git repository in which shared snapshots are stored.

It reads the objects of the user's repository as alternates; nothing is written to the user's repository. It lies in the user's own data
folder, out of reach of files that came with a cloned repository. If the person has said yes to sharing, its configuration includes
the user's repository's; otherwise only the addresses of the remotes are copied, since other settings can name programs. No hooks
run, and there is no automatic garbage collection.
"""

import glob
import os
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress

from forksight.adapters.git import process
from forksight.adapters.git.config import Config
from forksight.adapters.store.own_files import check_own, write_whole
from forksight.adapters.system.disk.regular_file import read_text
from forksight.core.git.paths import c_quoted
from forksight.core.git.remotes import is_remote_name

LONGEST_GIT = 600.0  # seconds that a git process in this repository may take
MOST_PACKS = 50  # from here on they are repacked into one, which takes half a second
_ADDRESSES = frozenset(
    [
        *(("remote", variable) for variable in ("url", "pushurl", "promisor", "partialclonefilter")),
        *(("url", variable) for variable in ("insteadof", "pushinsteadof")),
    ]
)


def prepare(folder: str, common_dir: str, config: Config, *, trusted: bool) -> None:
    """Create the repository, or update its configuration and alternates to the user's repository as it is now. Raises `OSError`.

    `trusted`: include the configuration of the user's repository.
    """
    check_own(folder)
    for part in ("objects/info", "objects/pack", "refs"):
        os.makedirs(os.path.join(folder, part), mode=0o700, exist_ok=True)
    partial = config.values.get("extensions.partialclone", "")
    partial = partial if is_remote_name(partial) else ""  # git fetches missing objects from the remote of this name
    extensions = ["\tobjectFormat = sha256\n"] if config.values.get("extensions.objectformat") == "sha256" else []
    extensions += [f"\tpartialClone = {c_quoted(partial)}\n"] if partial else []
    included = f"[include]\n\tpath = {c_quoted(os.path.join(common_dir, 'config'))}\n"
    settings = (
        (included if trusted else "".join(_addresses(config.values)))
        + f"[core]\n\trepositoryFormatVersion = {1 if extensions else 0}\n\tbare = true\n"
        + ("[extensions]\n" + "".join(extensions) if extensions else "")
    )
    files = {
        "config": settings,
        "objects/info/alternates": c_quoted(os.path.join(common_dir, "objects")) + "\n",
    }
    try:
        files["shallow"] = read_text(os.path.join(common_dir, "shallow"))
    except FileNotFoundError:
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(folder, "shallow"))
    except OSError:  # leave our copy as it is
        pass
    files["HEAD"] = "ref: refs/heads/none\n"  # written last: without a HEAD git sees no repository
    _remove_old_locks(folder)
    for name, text in files.items():
        path = os.path.join(folder, name)
        if _text(path) != text:
            write_whole(path, text)


def discard(folder: str) -> None:
    """Delete the repository, but no other files in the folder. Raises `OSError`."""
    check_own(folder)
    for name in ("HEAD", "config", "packed-refs", "shallow", "refs", "objects"):
        path = os.path.join(folder, name)
        with suppress(FileNotFoundError):
            if stat.S_ISDIR(os.lstat(path).st_mode):
                shutil.rmtree(path)
            else:
                os.unlink(path)


def _remove_old_locks(folder: str) -> None:
    """Delete locks older than `LONGEST_GIT`: a killed git left them, since none runs that long."""
    for path in glob.iglob(f"{glob.escape(folder)}/**/*.lock", recursive=True):
        with suppress(OSError):
            if time.time() - os.lstat(path).st_mtime > LONGEST_GIT:
                os.unlink(path)


def _addresses(values: Mapping[str, str]) -> Iterator[str]:
    """The lines of a git configuration with those of these settings that say where remotes are and how git rewrites addresses."""
    for key, value in values.items():
        section, _, rest = key.partition(".")
        name, _, variable = rest.rpartition(".")
        if (section, variable) in _ADDRESSES and is_remote_name(name) and name.isprintable() and value.isprintable():
            yield f"[{section} {_quoted(name)}]\n\t{variable} = {_quoted(value)}\n"


def _quoted(text: str) -> str:
    """A value quoted for a git configuration file: https://git-scm.com/docs/git-config#_syntax."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def tidy(folder: str) -> None:
    """If there are more than `MOST_PACKS`, repack them into one without unreachable objects: each push and fetch adds a pack.

    Raises `GitError`.
    """
    if len(glob.glob(f"{glob.escape(folder)}/objects/pack/*.pack")) > MOST_PACKS:
        env = {**environment(folder), "GIT_OPTIONAL_LOCKS": "1"}
        process.run(["-c", "repack.writeBitmaps=false", "repack", "-a", "-d", "-l", "-q"], cwd=folder, env=env)


def environment(folder: str) -> Mapping[str, str]:
    """The environment for git commands that read this repository: they start no other program, use no transport and take no lock."""
    return {**process.quiet((("gc.auto", "0"),)), "GIT_DIR": folder}


def _text(path: str) -> str | None:
    """The text of a file; None if it can't be read."""
    try:
        return read_text(path)
    except OSError:
        return None
