"""Debian packages unpacked into a folder: resolved and verified by apt in a private root, no privileges needed.

Nothing of the machine's own package state is touched. A tree is complete once it exists under its name: it is
unpacked beside and renamed, under a lock file, so that several programs may ask for the same tree at once.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from cti_server.telephony.debmirror import (
    AptSource,
    InstallError,
    debian_keyring,
    debian_mirror,
    machine_sources,
    own_suite_sources,
)

Progress = Callable[[str, float | None], None]
"""Called with what is going on and how far it is (0..1, None = unknown)."""

_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_STAMP = "cti-tree.json"
_REMEDIES = (
    (
        ("no space left", "enough free space"),
        "The disk is full. Free about 1 GB there, or set CTI_CACHE to a folder elsewhere.",
    ),
    (
        ("no_pubkey", "expkeysig", "is not signed", "signatures couldn't be verified", "missing key"),
        "The mirror's signature could not be verified. Update the package debian-archive-keyring, "
        "or set CTI_DEBIAN_MIRROR to an official mirror.",
    ),
    (
        ("unable to locate package", "has no installation candidate"),
        "The mirror does not carry a package. Set CTI_DEBIAN_MIRROR to a complete Debian mirror.",
    ),
    (
        (
            "failed to fetch",
            "could not resolve",
            "unable to connect",
            "could not connect",
            "timed out",
            "does not have a release",
        ),
        "The mirror could not be reached. Check the network and http_proxy, or try another CTI_DEBIAN_MIRROR.",
    ),
)


@dataclass(frozen=True, slots=True)
class DebTree:
    """An unpacked tree: `root` holds usr/, etc/…; `versions` maps each package to its version."""

    root: Path
    suite: str
    architecture: str
    versions: Mapping[str, str]

    @property
    def libraries(self) -> str:
        """The tree's shared libraries as a search path."""
        triplet = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}[self.architecture]
        folders = [self.root / "usr/lib" / triplet, self.root / "lib" / triplet, self.root / "usr/lib"]
        return ":".join(str(folder) for folder in folders if folder.is_dir())

    @property
    def loader(self) -> Path:
        """The tree's own dynamic loader, which lets its programs run on a machine with an older C library."""
        names = {"amd64": "lib64/ld-linux-x86-64.so.2", "arm64": "lib/ld-linux-aarch64.so.1"}
        for base in ("usr", "."):
            if (path := self.root / base / names[self.architecture]).exists():
                return path
        raise InstallError(f"{self.root} holds no dynamic loader. Remove that folder and install again.")


def debian_architecture(machine: str | None = None) -> str:
    """Debian's name of this machine's processor; raises InstallError for one we do not know."""
    machine = machine or platform.machine()
    try:
        return _ARCHITECTURES[machine.lower()]
    except KeyError:
        raise InstallError(
            f"No packages are known for the processor {machine!r} (x86_64 and arm64 are). "
            "Install Asterisk 20 or newer yourself and set CTI_ASTERISK_BIN to it."
        ) from None


def install_tree(
    folder: Path, name: str, packages: Sequence[str], progress: Progress, *, suite: str | None, mirror: str = ""
) -> DebTree:
    """Return the tree `name` of `packages` below `folder`, unpacking it first if it is not there.

    `suite` None means the release this machine itself runs: then only what the machine lacks is unpacked, and the
    programs run with the machine's own C library. Raises InstallError with a remedy.
    """
    architecture = debian_architecture()
    release = suite or _own_codename()
    digest = hashlib.sha256(" ".join(sorted(packages)).encode()).hexdigest()[:8]
    root = folder / f"{name}-{release}-{architecture}-{digest}"
    if (tree := _read(root)) is not None:
        return tree
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise InstallError(
                f"{program} is not on this machine, so packages cannot be unpacked (any Debian-family system has it). "
                "Install Asterisk 20 or newer yourself and set CTI_ASTERISK_BIN to it."
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / f".{root.name}.lock", progress):
            if (tree := _read(root)) is not None:  # another program made it while we waited
                return tree
            return _make(root, release, architecture, packages, progress, own=suite is None, mirror=mirror)
    except OSError as error:
        raise InstallError(
            f"Cannot write to {folder}: {error.strerror or error}. {_remedy(str(error))}".strip()
        ) from error


def _make(
    root: Path, suite: str, architecture: str, packages: Sequence[str], progress: Progress, *, own: bool, mirror: str
) -> DebTree:
    prefix = f".{root.name}."
    for stale in root.parent.glob(f"{prefix}??*"):  # left by a program that was killed; we hold the lock
        if stale.is_dir():
            shutil.rmtree(stale, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=prefix, dir=root.parent))
    try:
        environment = _private_root(work, suite, architecture, own=own, mirror=mirror)
        progress(f"reading the package list of Debian {suite}", None)
        _apt(environment, ["update"], progress)
        progress("downloading packages", 0.0)
        _apt(environment, ["install", "-y", "--no-remove", "--download-only", *packages], progress)
        archives = sorted((work / "cache/archives").glob("*.deb"))
        if not archives:
            raise InstallError(
                f"apt found nothing to unpack for {' '.join(packages)}: this machine has them installed."
            )
        tree = work / "tree"
        tree.mkdir()
        _unpack(archives, tree, progress)
        versions = dict(_name_and_version(archive) for archive in archives)
        stamp = {"suite": suite, "architecture": architecture, "packages": sorted(packages), "versions": versions}
        (tree / _STAMP).write_text(json.dumps(stamp, indent=1), encoding="utf-8")
        tree.chmod(0o755)
        if root.exists():  # a folder without a stamp is none of ours to run
            shutil.rmtree(root)
        tree.rename(root)
        progress("unpacked", 1.0)
        return DebTree(root, suite, architecture, versions)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _private_root(work: Path, suite: str, architecture: str, *, own: bool, mirror: str) -> dict[str, str]:
    for folder in ("etc/apt.conf.d", "etc/preferences.d", "state/lists/partial", "cache/archives/partial", "log"):
        (work / folder).mkdir(parents=True)
    keyring = debian_keyring()
    machine = machine_sources()
    if own:
        shutil.copyfile("/var/lib/dpkg/status", work / "status")
        sources = own_suite_sources(suite, machine)
        if not sources:
            raise InstallError(f"This machine's apt sources name no Debian mirror for {suite}.")
    else:
        (work / "status").touch()
        sources = [AptSource(mirror or debian_mirror(machine), suite, ("main",))]
    lines = [f"deb [signed-by={s.signed_by or keyring}] {s.uri} {s.suite} {' '.join(s.components)}\n" for s in sources]
    (work / "etc/sources.list").write_text("".join(lines), encoding="utf-8")
    settings = {
        "Dir": work,
        "Dir::Etc": work / "etc",
        "Dir::Etc::main": "/dev/null",
        "Dir::State": work / "state",
        "Dir::State::status": work / "status",
        "Dir::Cache": work / "cache",
        "Dir::Log": work / "log",
        "APT::Architecture": architecture,
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",  # as root, apt would become _apt, which may not enter a private folder
        "APT::Update::Error-Mode": "any",
        "APT::Get::AllowUnauthenticated": "false",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "Acquire::http::Timeout": "30",
        "Acquire::Check-Valid-Until": "false",  # a mirror may lag behind; signatures are verified all the same
        **_network_settings(),
    }
    text = "".join(f'{key} "{value}";\n' for key, value in settings.items())
    (work / "apt.conf").write_text(text + f'APT::Architectures {{ "{architecture}"; }};\n', encoding="utf-8")
    return {**os.environ, "APT_CONFIG": str(work / "apt.conf"), "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


def _network_settings() -> dict[str, str]:
    """The machine's own apt proxy and clock settings, which a private root would otherwise lose."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout
    kept: dict[str, str] = {}
    for line in dump.splitlines():
        key, _, value = line.removesuffix(";").partition(" ")
        if (key.startswith("Acquire::") and "::Proxy" in key) or key == "Acquire::Check-Date":
            kept[key] = value.strip('"')
    return {key: value for key, value in kept.items() if value and not key.endswith("::")}


def _apt(environment: Mapping[str, str], arguments: Sequence[str], progress: Progress) -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, encoding="utf-8", errors="replace") as status, tempfile.TemporaryFile("w+") as output:
        with subprocess.Popen(
            ["apt-get", "-q", "-o", f"APT::Status-Fd={write_end}", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[write_end],
        ) as process:
            os.close(write_end)
            for line in status:
                kind, _, rest = line.partition(":")
                if kind == "dlstatus" and arguments[0] == "install":
                    with contextlib.suppress(ValueError, IndexError):
                        progress("downloading packages", float(rest.split(":")[1]) / 100)
            code = process.wait()
        if code:
            output.seek(0)
            text = output.read()
            said = [line for line in text.splitlines() if line.startswith(("E:", "W:", "Err:"))][-6:]
            raise InstallError("\n".join([f"apt-get {arguments[0]} failed.", _remedy(text), *said]))


def _unpack(archives: Sequence[Path], tree: Path, progress: Progress) -> None:
    running: list[tuple[Path, subprocess.Popen[bytes]]] = []
    waiting = list(archives)
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            archive = waiting.pop()
            command = ["dpkg-deb", "-x", str(archive), str(tree)]
            running.append((archive, subprocess.Popen(command, stderr=subprocess.PIPE)))
        archive, process = running.pop(0)
        errors = process.communicate()[1].decode(errors="replace")
        if process.returncode:
            for _, other in running:
                other.communicate()
            raise InstallError(f"Unpacking {archive.name} failed. {_remedy(errors)}\n{errors.strip()}")
        archive.unlink()  # keeps the peak use of disk near the size of the tree
        progress("unpacking", 1 - (len(waiting) + len(running)) / len(archives))
    for path in tree.rglob("*"):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
            path.chmod(mode & 0o777)  # unpacked as root, su and mount would be live set-uid programs


def _name_and_version(archive: Path) -> tuple[str, str]:
    name, version, _ = archive.name.removesuffix(".deb").split("_", 2)
    return name, unquote(version)


def _remedy(text: str) -> str:
    text = text.lower()
    return next((remedy for signs, remedy in _REMEDIES if any(sign in text for sign in signs)), "")


def _read(root: Path) -> DebTree | None:
    try:
        stamp = json.loads((root / _STAMP).read_text(encoding="utf-8"))
        return DebTree(root, str(stamp["suite"]), str(stamp["architecture"]), dict(stamp["versions"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _own_codename() -> str:
    release = platform.freedesktop_os_release()
    codename = release.get("VERSION_CODENAME", "")
    if release.get("ID") != "debian" or not codename:
        raise InstallError("This machine does not run a Debian release; install the program with its own package tool.")
    return codename


@contextlib.contextmanager
def _locked(path: Path, progress: Progress) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another program that installs the same", None)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
