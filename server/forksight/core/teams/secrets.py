"""What never leaves the machine, whatever a person shares: files that hold keys, by name or by what stands in them.

The names are those that git hosts' own ignore templates leave out for that reason; the patterns are the prefixes that the
issuers of keys document so that scanners find them. docs/teams.md lists both.
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

_CONTENT = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----"
    rb"|\b(AKIA|ASIA)[0-9A-Z]{16}\b"  # Amazon Web Services
    rb"|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{22,}|\bglpat-[\w-]{20}"  # GitHub, GitLab
    rb"|\bsk-ant-[\w-]{20}|\bsk-(proj-)?[A-Za-z0-9]{32,}"  # Anthropic, OpenAI
    rb"|\bxox[abeoprs]-[\w-]{10,}|hooks\.slack\.com/services/\w+/\w+/\w+"  # Slack
    rb"|\b[rs]k_live_[A-Za-z0-9]{16,}"  # Stripe
    rb"|\bAIza[\w-]{35}|\bya29\.[\w-]{20,}"  # Google
    rb"|\bnpm_[A-Za-z0-9]{36}|\bpypi-AgE[\w-]{20,}|\bdckr_pat_[\w-]{20,}"  # registries
    rb"|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bAccountKey=[A-Za-z0-9+/=]{40,}"  # SendGrid, Azure
    rb"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"  # a signed JSON web token
    rb"|\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"']{1,100}:[^\s/:@\"'{}$<>]{4,100}@[\w.-]"  # a password in an address
)


def keyless_name(path: str) -> bool:
    """Whether nothing in a path says that the file holds keys."""
    *folders, name = path.casefold().split("/")
    return _FOLDERS.isdisjoint(folders) and not any(fnmatchcase(name, pattern) for pattern in _NAMES)


def keyless_content(data: bytes) -> bool:
    """Whether nothing in a file looks like a key."""
    return _CONTENT.search(data) is None
