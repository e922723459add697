"""A Chromium for tests and screenshots: the machine's own, else one unpacked into the cache folder without root.

An unpacked one comes from the very release this machine runs, so it shares the machine's C library and loader.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cti_server.telephony.debtree import DebTree, install_tree

FONTS = ("fonts-noto-cjk",)
FLAGS = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
)
"""What a page with a microphone needs where there is none (add --use-file-for-fake-audio-capture=<48 kHz mono wav>)."""


@dataclass(frozen=True)
class Chromium:
    """How to start it: `command` with options behind, `environment` beside the process's own."""

    command: list[str]
    environment: dict[str, str]


def chromium_command(state: Path) -> Chromium:
    """Find or unpack a Chromium with Chinese fonts; an unpacked one is kept below `state`. Raises InstallError."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if (program := shutil.which(name)) is not None:
            fonts = {} if _has_chinese_fonts() else {"FONTCONFIG_FILE": _fontconfig(_unpack(state, "fonts", FONTS))}
            return Chromium([program, *sandbox], fonts)
    tree = _unpack(state, "chromium", ("chromium", *FONTS))
    folders = [Path(folder) for folder in tree.libraries.split(":")]
    private = [folder / "pulseaudio" for folder in folders]  # found by an absolute path when installed properly
    libraries = [tree.root / "usr/lib/chromium", *folders, *(folder for folder in private if folder.is_dir())]
    # Debian's start script names files below /usr; the program itself finds its parts beside itself. Its set-uid
    # sandbox cannot come from an unpacked tree.
    return Chromium(
        [str(tree.root / "usr/lib/chromium/chromium"), "--no-sandbox"],
        {"LD_LIBRARY_PATH": ":".join(str(path) for path in libraries), "FONTCONFIG_FILE": _fontconfig(tree)},
    )


def _unpack(state: Path, name: str, packages: tuple[str, ...]) -> DebTree:
    return install_tree(state.absolute(), name, packages, lambda text, fraction: None, suite=None)


def _has_chinese_fonts() -> bool:
    if (program := shutil.which("fc-list")) is None:
        return False
    return bool(subprocess.run([program, ":lang=zh"], capture_output=True, check=False, timeout=30).stdout.strip())


def _fontconfig(tree: DebTree) -> str:
    """A font configuration that knows the tree's fonts beside the machine's."""
    path = tree.root / "cti-fonts.conf"
    if not path.exists():
        folders = (tree.root / "usr/share/fonts", Path("/usr/share/fonts"))
        lines = "".join(f"<dir>{folder}</dir>" for folder in folders)
        path.write_text(
            f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
            f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include>{lines}'
            f'<cachedir prefix="xdg">fontconfig</cachedir></fontconfig>',
            encoding="utf-8",
        )
    return str(path)
