"""Whether processes that nobody here can see may use the files at a path: those of another machine or container."""

import os

from forksight.adapters.system.process_space import in_container
from forksight.core.git.paths import inside

# File systems that machines, or a machine and its virtual machines, share.
_SHARED = frozenset(
    [
        "9p",
        "afpfs",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fakeowner",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "nfs",
        "nfs4",
        "ocfs2",
        "prl_fs",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
        "vmhgfs",
        "webdav",
    ]
)
# Of those that run in user space, the ones that only show local files in another way; any other may lead to another machine.
_LOCAL_FUSE = frozenset(
    f"fuse.{name}" for name in ("bindfs", "cryfs", "encfs", "gocryptfs", "mergerfs", "ntfs-3g", "securefs")
)
_OF_ONE_CONTAINER = frozenset({"aufs", "overlay", "ramfs", "tmpfs"})


def is_shared(path: str) -> bool:
    """Whether another machine or container may use the files at a path too. In a container: unless they are of this one alone."""
    kind = _file_system(os.path.realpath(path))
    if kind in _SHARED or (kind.startswith("fuse.") and kind not in _LOCAL_FUSE):
        return True
    return in_container() and kind not in _OF_ONE_CONTAINER


def _file_system(path: str) -> str:
    """The kind of file system that holds a resolved path; "" if the system does not say."""
    import psutil

    kind, longest = "", -1
    for mount in psutil.disk_partitions(all=True):
        if inside(path, mount.mountpoint) and len(mount.mountpoint) >= longest:
            kind, longest = mount.fstype, len(mount.mountpoint)
    return kind
