"""Recognises files that hold keys, by their names and their contents. These files never leave the machine, whatever a person shares.

The names are those that the ignore templates of git hosts list because such files hold keys; the patterns are the prefixes that
issuers of keys publish for scanners. docs/teams.md lists both.
"""

import re
from fnmatch import fnmatchcase

_NAMES = (
    ".env*",
    "*.env",
    ".envrc",
    ".netrc",
    "_netrc",
    ".git-credentials",
    ".npmrc",
    ".pypirc",
    ".htpasswd",
    ".dockercfg",
    ".pgpass",
    "credentials",
    "credentials.json",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    "*.pem",
    "*.key",
    "*.p8",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "*.ppk",
    "*.tfstate",
    "*.tfvars",
    "secrets.*",
    "service-account*.json",
)
_FOLDERS = frozenset([".aws", ".ssh", ".gnupg", ".kube", ".secrets", "secrets"])

# For each kind of key a text that every such key contains, and the pattern of the key. Most files contain none of the texts, and
# searching for those first takes only a millisecond per megabyte.
_KEYS: tuple[tuple[bytes, re.Pattern[bytes]], ...] = tuple(
    (text, re.compile(pattern))
    for text, pattern in (
        (b"PRIVATE KEY", rb"-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----"),
        (b"AKIA", rb"\bAKIA[0-9A-Z]{16}\b"),  # Amazon Web Services
        (b"ASIA", rb"\bASIA[0-9A-Z]{16}\b"),
        *((b"gh%c_" % kind, rb"\bgh%c_[A-Za-z0-9]{36}" % kind) for kind in b"pousr"),  # GitHub
        (b"github_pat_", rb"\bgithub_pat_\w{22,}"),
        (b"glpat-", rb"\bglpat-[\w-]{20}"),  # GitLab
        (b"sk-ant-", rb"\bsk-ant-[\w-]{20}"),  # Anthropic
        (b"sk-", rb"\bsk-(proj-)?[A-Za-z0-9]{32,}"),  # OpenAI
        (b"xox", rb"\bxox[abeoprs]-[\w-]{10,}"),  # Slack
        (b"hooks.slack.com/services/", rb"hooks\.slack\.com/services/\w+/\w+/\w+"),
        (b"k_live_", rb"\b[rs]k_live_[A-Za-z0-9]{16,}"),  # Stripe
        (b"AIza", rb"\bAIza[\w-]{35}"),  # Google
        (b"ya29.", rb"\bya29\.[\w-]{20,}"),
        (b"npm_", rb"\bnpm_[A-Za-z0-9]{36}"),  # registries
        (b"pypi-AgE", rb"\bpypi-AgE[\w-]{20,}"),
        (b"dckr_pat_", rb"\bdckr_pat_[\w-]{20,}"),
        (b"SG.", rb"\bSG\.[\w-]{16,}\.[\w-]{16,}"),  # SendGrid
        (b"AccountKey=", rb"\bAccountKey=[A-Za-z0-9+/=]{40,}"),  # Azure
        (b".eyJ", rb"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),  # a signed JSON web token
        (b"://", rb"://[^\s/:@\"']{1,100}:[^\s/:@\"'{}$<>]{4,100}@[\w.-]"),  # a password in an address
    )
)


MASK = "{masked}"
# The patterns above end as soon as a text is certain to be a key; these match the whole key, so that all of it is masked.
_BLOCK = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY( BLOCK)?-----|\Z)", re.DOTALL
)
_WHOLE = tuple((text, re.compile(pattern.pattern + rb"[\w+/=.~%-]*")) for text, pattern in _KEYS)


def keyless_name(path: str) -> bool:
    """Whether no part of a path, relative to its worktree, is a name that files or folders with keys have."""
    *folders, name = path.casefold().split("/")
    return _FOLDERS.isdisjoint(folders) and not any(fnmatchcase(name, pattern) for pattern in _NAMES)


def keyless_content(data: bytes) -> bool:
    """Whether no part of a file's content looks like a key."""
    return not any(text in data and pattern.search(data) for text, pattern in _KEYS)


def masked(text: str) -> tuple[str, int]:
    """A text with `MASK` in place of everything that looks like a key, and the number of replacements."""
    data = text.encode("utf-8", "surrogatepass")
    if keyless_content(data):
        return text, 0
    data, count = _BLOCK.subn(MASK.encode(), data)
    for sign, pattern in _WHOLE:
        if sign in data:
            data, replacements = pattern.subn(MASK.encode(), data)
            count += replacements
    return data.decode("utf-8", "surrogatepass"), count
