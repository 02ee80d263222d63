"""A repository's remotes and their tracking refs, from its configuration."""

from collections.abc import Collection, Mapping


def remotes(config: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the configured remotes."""
    parts = (key.split(".") for key in config if key.startswith("remote."))
    names = (".".join(part[1:-1]) for part in parts if len(part) > 2 and part[-1] in ("url", "fetch"))
    return tuple(dict.fromkeys(filter(is_remote_name, names)))


def is_remote_name(name: str) -> bool:
    """Whether git takes it for a remote's name, and nowhere for an option, which may name a program."""
    return bool(name) and not name.startswith("-")


def preferred(config: Mapping[str, str], *settings: str) -> str | None:
    """The remote named by the first of these settings that is set, else the one that `git checkout` would use.

    That is checkout.defaultRemote's, `origin`, or the only one; None if none of these exists.
    """
    names = remotes(config)
    candidates = (
        *map(config.get, (*settings, "checkout.defaultremote")),
        "origin",
        *(names if len(names) == 1 else ()),
    )
    return next((name for name in candidates if name in names), None)


def requested_at(config: Mapping[str, str], among: Collection[str]) -> str | None:
    """The remote at which `gh` and `glab` open requests without asking; None if there is none.

    It is the one that the person chose in these programs before, else the first with a name that both prefer.
    """
    chosen = [
        name
        for name in remotes(config)
        if "base" in (config.get(f"remote.{name}.gh-resolved"), config.get(f"remote.{name}.glab-resolved"))
    ]
    return next((name for name in (*chosen, "upstream", "github", "gitlab", "origin") if name in among), None)


def tracking_ref(config: Mapping[str, str], remote: str, branch: str) -> str:
    """The full name of the ref that tracks a remote's branch: by the fetch refspec, else refs/remotes/REMOTE/BRANCH."""
    source, _, target = config.get(f"remote.{remote}.fetch", "").lstrip("+").partition(":")
    name = f"refs/heads/{branch}"
    before, star, after = source.partition("*")
    if target and star and name.startswith(before) and name.endswith(after):
        return target.replace("*", name[len(before) : len(name) - len(after)], 1)
    return target if target and source == name else f"refs/remotes/{remote}/{branch}"


def without_password(address: str) -> str:
    """A URL without user name and password."""
    before, scheme, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{before}{scheme}{host.rpartition('@')[2]}{slash}{path}" if scheme else address
