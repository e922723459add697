"""PostgreSQL refuses to run as root: which OS user runs it instead, and how that user reaches the files.

Nobody's permissions are widened for everybody: a folder the user may not pass through (say /root) gets one POSIX ACL
entry that lets this one user search it, neither list nor read it.
"""

import errno
import os
import pwd
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAME = "cti-postgres"

_ACL = "system.posix_acl_access"
_VERSION = struct.Struct("<I")
_ENTRY = struct.Struct("<HHI")
_USER_OBJ, _USER, _GROUP_OBJ, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_NO_ID = 0xFFFFFFFF
_SEARCH = 1


class OsUserError(Exception):
    """No OS user can run PostgreSQL here; the text says what to do."""


@dataclass(frozen=True, slots=True)
class OsUser:
    """Whom the processes of PostgreSQL run as. `switch` is False when that is ourselves."""

    uid: int
    gid: int
    switch: bool


def unprivileged_user() -> OsUser:
    """Ourselves, or as root the system user `cti-postgres`, which is created when it is missing."""
    if os.geteuid() != 0:
        return OsUser(os.geteuid(), os.getegid(), switch=False)
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _create()
    return OsUser(entry.pw_uid, entry.pw_gid, switch=True)


def _create() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    try:
        done = subprocess.run([*command, NAME], check=False, capture_output=True, text=True, timeout=30)
        said = done.stderr.strip()
    except OSError as error:
        said = str(error)
    try:
        return pwd.getpwnam(NAME)  # also when another start created it at the same moment
    except KeyError:
        raise OsUserError(
            f"PostgreSQL must not run as root and the system user {NAME} could not be created ({said}). "
            f"Run `useradd --system {NAME}`, start cti as a normal user, or set CTI_DATABASE_URL."
        ) from None


def let_reach(user: OsUser, target: Path) -> None:
    """Let `user` pass through every parent folder of `target`. Does nothing for ourselves."""
    if not user.switch:
        return
    for folder in target.resolve().parents:
        status = folder.stat()
        if status.st_mode & 0o001 or (status.st_uid == user.uid and status.st_mode & 0o100):
            continue
        try:
            grant_search(folder, user.uid)
        except OSError as error:
            raise OsUserError(
                f"The user {NAME} that runs PostgreSQL cannot pass through {folder} ({error.strerror}). "
                f"Run `chmod o+x {folder}`, or choose a CTI_HOME elsewhere, or set CTI_DATABASE_URL."
            ) from error


def grant_search(folder: Path, uid: int) -> None:
    """Add `user:<uid>:--x` to the access ACL of `folder` (format: linux/posix_acl_xattr.h). OSError if unsupported."""
    mode = folder.stat().st_mode
    entries = _read_acl(folder) or [
        (_USER_OBJ, mode >> 6 & 7, _NO_ID),
        (_GROUP_OBJ, mode >> 3 & 7, _NO_ID),
        (_OTHER, mode & 7, _NO_ID),
    ]
    ours = next((perm for tag, perm, who in entries if tag == _USER and who == uid), 0)
    kept = [entry for entry in entries if not (entry[0] == _USER and entry[2] == uid) and entry[0] != _MASK]
    kept.append((_USER, ours | _SEARCH, uid))
    mask = next((perm for tag, perm, _ in entries if tag == _MASK), None)
    if mask is None:  # without a mask, the group's own bits were the bound of nobody else
        mask = next(perm for tag, perm, _ in entries if tag == _GROUP_OBJ)
    kept.append((_MASK, mask | _SEARCH, _NO_ID))
    kept.sort(key=lambda entry: (entry[0], entry[2]))
    os.setxattr(folder, _ACL, _VERSION.pack(2) + b"".join(_ENTRY.pack(*entry) for entry in kept))


def _read_acl(folder: Path) -> list[tuple[int, int, int]]:
    try:
        raw = os.getxattr(folder, _ACL)
    except OSError as error:
        if error.errno == errno.ENODATA:
            return []
        raise
    return [(tag, perm, who) for tag, perm, who in _ENTRY.iter_unpack(raw[_VERSION.size :])]


def let_read(user: OsUser, folder: Path) -> None:
    """Make the files of `folder` readable for `user`, who did not install them (a umask of 077 forbids it)."""
    if not user.switch:
        return
    for path in [folder, *folder.rglob("*")]:
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        wanted = mode | (mode >> 6 & 0o5)
        if wanted != mode:
            path.chmod(wanted)
