"""Asterisk, sipp and baresip in a folder: where they are and how each is started."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cti_server.telephony.debmirror import InstallError
from cti_server.telephony.debtree import DebTree, Progress, install_tree

SUITE = "forky"
PACKAGES = (
    "asterisk",
    "asterisk-moh-opsound-wav",
    "asterisk-core-sounds-en-wav",
    "sip-tester",
    "baresip-core",  # carries the aufile, sndfile, aubridge, g711 and ctrl_tcp modules
)
OLDEST_MAJOR = 20


@dataclass(frozen=True, slots=True)
class InstallSettings:
    """What the environment may say about the installation; '' means unset."""

    mirror: str = ""  # CTI_DEBIAN_MIRROR
    cache: str = ""  # CTI_CACHE: a folder several instances share
    asterisk: str = ""  # CTI_ASTERISK_BIN: a system's Asterisk instead of ours

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "InstallSettings":
        """Read the three settings from `environment` (the process's own by default)."""
        env = os.environ if environment is None else environment
        return cls(env.get("CTI_DEBIAN_MIRROR", ""), env.get("CTI_CACHE", ""), env.get("CTI_ASTERISK_BIN", ""))


@dataclass(frozen=True, slots=True)
class AsteriskTree:
    """How to start each program (argument list to put options behind) and where its parts lie."""

    asterisk: tuple[str, ...]
    sipp: tuple[str, ...]
    baresip: tuple[str, ...]
    modules: Path
    sbin: Path
    data: Path  # documentation, rest-api, …
    sounds: Path | None  # English prompts
    music: Path | None  # music on hold, 8 kHz wav
    baresip_modules: Path
    version: str  # "22.10.1"


def install_asterisk(state: Path, progress: Progress, settings: InstallSettings | None = None) -> AsteriskTree:
    """Return a runnable Asterisk, downloading and unpacking it (124 MB) the first time.

    It is kept in `settings.cache`, else below `state`. Blocks; safe to call from several programs at once. Raises
    InstallError, whose message says what to do.
    """
    settings = settings or InstallSettings.from_environment()
    if settings.asterisk:
        return _system(Path(settings.asterisk))
    folder = Path(settings.cache) if settings.cache else state / "programs"
    tree = install_tree(folder.absolute(), "asterisk", PACKAGES, progress, suite=SUITE, mirror=settings.mirror)
    return _unpacked(tree)


def _unpacked(tree: DebTree) -> AsteriskTree:
    usr = tree.root / "usr"
    run = (str(tree.loader), "--library-path", tree.libraries)
    share = usr / "share/asterisk"
    modules = next((usr / "lib").glob("*/asterisk/modules"), None)
    if modules is None:
        raise InstallError(f"{tree.root} holds no Asterisk modules. Remove that folder and install again.")
    version = re.match(r"(?:\d+:)?(\d+(?:\.\d+)*)", tree.versions["asterisk"])
    return AsteriskTree(
        asterisk=(*run, str(usr / "sbin/asterisk")),
        sipp=(*run, str(usr / "bin/sipp")),
        baresip=(*run, str(usr / "bin/baresip")),
        modules=modules,
        sbin=usr / "sbin",
        data=share,
        # The package's sounds/en is a link into /etc/alternatives, which is not ours.
        sounds=next((path for path in share.glob("sounds/en_*") if path.is_dir()), None),
        music=share / "moh",
        baresip_modules=next((usr / "lib").glob("**/baresip/modules"), usr / "lib/baresip/modules"),
        version=version[1] if version else "",
    )


def _system(program: Path) -> AsteriskTree:
    try:
        said = subprocess.run([str(program), "-V"], capture_output=True, text=True, check=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise InstallError(f"CTI_ASTERISK_BIN={program} cannot be run: {error}") from error
    version = re.search(r"Asterisk (?:certified/)?(\d+)((?:\.\d+)*)", said)
    if version is None or int(version[1]) < OLDEST_MAJOR:
        raise InstallError(
            f"CTI_ASTERISK_BIN={program} is {said.strip()!r}; Asterisk {OLDEST_MAJOR} or newer is needed. "
            "Unset CTI_ASTERISK_BIN to have one unpacked into a folder."
        )
    prefix = program.resolve().parent.parent
    candidates = [
        *prefix.glob("lib/*/asterisk/modules"),
        prefix / "lib/asterisk/modules",
        prefix / "lib64/asterisk/modules",
    ]
    modules = next((path for path in candidates if (path / "chan_pjsip.so").exists()), None)
    if modules is None:
        raise InstallError(f"No folder of modules (chan_pjsip.so) was found below {prefix}/lib for {program}.")
    data = next(
        (p for p in (prefix / "share/asterisk", Path("/var/lib/asterisk")) if p.is_dir()), prefix / "share/asterisk"
    )
    sounds = next((p for p in (data / "sounds/en", *data.glob("sounds/en_*")) if p.is_dir()), None)
    return AsteriskTree(
        asterisk=(str(program),),
        sipp=("sipp",),
        baresip=("baresip",),
        modules=modules,
        sbin=program.parent,
        data=data,
        sounds=sounds,
        music=data / "moh" if (data / "moh").is_dir() else None,
        baresip_modules=Path("/usr/lib/baresip/modules"),
        version=version[1] + version[2],
    )
