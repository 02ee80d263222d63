"""The bare repository that shared snapshots live in: it borrows the user's objects, and the user's repository never hears of it.

It lies in the user's own data folder, so nothing that came along with a repository steers it. Its configuration includes the
repository's where the person has said yes to sharing that; elsewhere it has the addresses of its remotes alone, for the rest of it can
name programs. No hook runs, and nothing is collected on its own account.
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

LONGEST_GIT = 600.0  # seconds that a git of ours may take
MOST_PACKS = 50  # they take half a second to be made one, and with a few files each a megabyte or two
_ADDRESSES = frozenset(
    [
        *(("remote", variable) for variable in ("url", "pushurl", "promisor", "partialclonefilter")),
        *(("url", variable) for variable in ("insteadof", "pushinsteadof")),
    ]
)


def prepare(folder: str, common_dir: str, config: Config, *, trusted: bool) -> None:
    """Make the repository, or bring it up to what the user's is now. `trusted`: with the user's configuration. Raises `OSError`."""
    check_own(folder)
    for part in ("objects/info", "objects/pack", "refs"):
        os.makedirs(os.path.join(folder, part), mode=0o700, exist_ok=True)
    partial = config.values.get("extensions.partialclone", "")
    partial = partial if is_remote_name(partial) else ""  # git fetches what is missing from a remote of this name
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
    except OSError:  # as it was
        pass
    files["HEAD"] = "ref: refs/heads/none\n"  # last: without it there is no repository yet
    _remove_old_locks(folder)
    for name, text in files.items():
        path = os.path.join(folder, name)
        if _text(path) != text:
            write_whole(path, text)


def discard(folder: str) -> None:
    """Take the repository away, and nothing else that is in the folder. Raises `OSError`."""
    check_own(folder)
    for name in ("HEAD", "config", "packed-refs", "shallow", "refs", "objects"):
        path = os.path.join(folder, name)
        with suppress(FileNotFoundError):
            if stat.S_ISDIR(os.lstat(path).st_mode):
                shutil.rmtree(path)
            else:
                os.unlink(path)


def _remove_old_locks(folder: str) -> None:
    """Take away the locks that a killed git left: no git of ours takes as long."""
    for path in glob.iglob(f"{glob.escape(folder)}/**/*.lock", recursive=True):
        with suppress(OSError):
            if time.time() - os.lstat(path).st_mtime > LONGEST_GIT:
                os.unlink(path)


def _addresses(values: Mapping[str, str]) -> Iterator[str]:
    """The settings that say where remotes are."""
    for key, value in values.items():
        section, _, rest = key.partition(".")
        name, _, variable = rest.rpartition(".")
        if (section, variable) in _ADDRESSES and is_remote_name(name) and name.isprintable() and value.isprintable():
            yield f"[{section} {_quoted(name)}]\n\t{variable} = {_quoted(value)}\n"


def _quoted(text: str) -> str:
    """As git's configuration has texts: https://git-scm.com/docs/git-config#_syntax."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def tidy(folder: str) -> None:
    """Make one pack of many, without what no ref leads to any more: each publish and each news is a pack. Raises `GitError`."""
    if len(glob.glob(f"{glob.escape(folder)}/objects/pack/*.pack")) > MOST_PACKS:
        env = {**environment(folder), "GIT_OPTIONAL_LOCKS": "1"}
        process.run(["-c", "repack.writeBitmaps=false", "repack", "-a", "-d", "-l", "-q"], cwd=folder, env=env)


def environment(folder: str) -> Mapping[str, str]:
    """The environment of reads in it: no program, no transport, no lock."""
    return {**process.quiet((("gc.auto", "0"),)), "GIT_DIR": folder}


def _text(path: str) -> str | None:
    try:
        return read_text(path)
    except OSError:
        return None
