"""Packages in a folder: sources, keys, locking, and that the unpacked programs run."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cti_server.telephony.debmirror import (
    AptSource,
    InstallError,
    debian_keyring,
    debian_mirror,
    machine_sources,
    own_suite_sources,
)
from cti_server.telephony.debtree import debian_architecture, install_tree
from cti_server.telephony.install import InstallSettings, install_asterisk
from tests.rig.asterisk import pbx_tree

KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
ONE_LINE = f"""# deb http://commented.example/debian bookworm main
deb http://apt.example.org/debian-thirdparty bookworm main
deb [arch=amd64 signed-by={KEYS}] https://mirror.example.org/debian bookworm main contrib
deb-src https://mirror.example.org/debian bookworm main
"""
DEB822 = """# a comment
Types: deb deb-src
URIs: https://first.example.org/debian https://second.example.org/debian/
Suites: bookworm bookworm-updates
Components: main
 contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://security.example.org/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: https://off.example.org/debian
Suites: bookworm
Components: main
"""


def _machine(root: Path, **files: str) -> Path:
    folder = root / "etc/apt/sources.list.d"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return root


def test_the_mirror_is_the_one_debian_itself_comes_from(tmp_path: Path) -> None:
    sources = machine_sources(_machine(tmp_path, a_list=ONE_LINE))
    assert [source.uri for source in sources] == [
        "http://apt.example.org/debian-thirdparty",
        "https://mirror.example.org/debian",
    ]
    assert debian_mirror(sources) == "https://mirror.example.org/debian"


def test_deb822_sources_are_read_like_apt_reads_them(tmp_path: Path) -> None:
    sources = machine_sources(_machine(tmp_path, debian_sources=DEB822, ignored_save=ONE_LINE))
    assert {(s.uri, s.suite) for s in sources} == {
        ("https://first.example.org/debian", "bookworm"),
        ("https://first.example.org/debian", "bookworm-updates"),
        ("https://second.example.org/debian/", "bookworm"),
        ("https://second.example.org/debian/", "bookworm-updates"),
        ("https://security.example.org/debian-security", "bookworm-security"),
    }
    assert sources[0].components == ("main", "contrib")
    assert debian_mirror(sources) == "https://first.example.org/debian"
    own = own_suite_sources("bookworm", sources)
    assert {source.suite for source in own} == {"bookworm", "bookworm-updates", "bookworm-security"}


def test_a_machine_without_a_debian_mirror_is_told_what_to_set() -> None:
    sources = [AptSource("https://archive.example.com/ubuntu", "noble", ("main",))]
    with pytest.raises(InstallError, match="CTI_DEBIAN_MIRROR"):
        debian_mirror(sources)


def test_missing_keys_are_named(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="debian-archive-keyring"):
        debian_keyring(tmp_path)


def test_an_unknown_processor_is_told_what_to_do() -> None:
    assert debian_architecture("aarch64") == "arm64"
    with pytest.raises(InstallError, match="CTI_ASTERISK_BIN"):
        debian_architecture("riscv64")


def test_an_unreachable_mirror_leaves_nothing_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="could not be reached"):
        install_tree(tmp_path, "x", ["hello"], _silent, suite="forky", mirror="http://127.0.0.1:9/debian")
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_an_unknown_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="does not carry"):
        install_tree(tmp_path, "x", ["no-such-package-at-all"], _silent, suite="forky")


def test_without_apt_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InstallError, match="apt-get is not on this machine"):
        install_tree(tmp_path, "x", ["hello"], _silent, suite="forky")


def test_two_programs_that_want_the_same_tree_make_it_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from cti_server.telephony.debtree import install_tree\n"
        "said = []\n"
        "tree = install_tree(Path(sys.argv[1]), 'hello', ['hello'], lambda t, f: said.append(t), suite='forky')\n"
        "print('downloaded' if 'downloading packages' in said else 'found', tree.root)\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = sorted(process.communicate(timeout=120)[0].split() for process in running)
    assert [words[0] for words in said] == ["downloaded", "found"]
    assert said[0][1] == said[1][1]
    root = Path(said[0][1])
    assert (root / "usr/bin/hello").exists()
    again = install_tree(tmp_path, "hello", ["hello"], _unexpected, suite="forky")
    assert again.root == root
    assert again.versions["hello"]
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [root]


def test_a_half_made_tree_is_never_used(tmp_path: Path) -> None:
    made = install_tree(tmp_path, "hello", ["hello"], _silent, suite="forky")
    (made.root / "cti-tree.json").unlink()  # what a folder without its stamp looks like
    (made.root / "usr/bin/hello").unlink()
    stale = tmp_path / f".{made.root.name}.dead"
    stale.mkdir()
    again = install_tree(tmp_path, "hello", ["hello"], _silent, suite="forky")
    assert (again.root / "usr/bin/hello").exists()
    assert not stale.exists()


def test_asterisk_sipp_and_baresip_run_from_their_folder() -> None:
    tree = pbx_tree()
    said = subprocess.run([*tree.asterisk, "-V"], capture_output=True, text=True, check=True, timeout=20).stdout
    assert said.startswith(f"Asterisk {tree.version}")
    assert int(tree.version.split(".")[0]) >= 20
    sipp = subprocess.run([*tree.sipp, "-v"], capture_output=True, text=True, check=False, timeout=20)
    assert "SIPp v3" in sipp.stdout + sipp.stderr
    assert (tree.modules / "chan_pjsip.so").exists()
    assert {"aufile.so", "sndfile.so", "ctrl_tcp.so"} <= {path.name for path in tree.baresip_modules.iterdir()}
    assert tree.sounds is not None
    assert (tree.sounds / "sorry.wav").exists()


def test_nothing_unpacked_runs_with_anothers_rights() -> None:
    root = pbx_tree().sbin.parents[1]
    marked = [
        path
        for folder in ("bin", "sbin", "lib")
        for path in (root / "usr" / folder).rglob("*")
        if not path.is_symlink() and path.is_file() and path.stat().st_mode & (stat.S_ISUID | stat.S_ISGID)
    ]
    assert marked == []


def test_a_system_asterisk_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="cannot be run"):
        install_asterisk(tmp_path, _silent, InstallSettings(asterisk=str(tmp_path / "missing")))
    old = tmp_path / "asterisk"
    old.write_text("#!/bin/sh\necho Asterisk 16.28.0\n", encoding="ascii")
    old.chmod(0o755)
    with pytest.raises(InstallError, match="20 or newer"):
        install_asterisk(tmp_path, _silent, InstallSettings(asterisk=str(old)))


def test_the_environment_names_the_three_settings() -> None:
    settings = InstallSettings.from_environment({"CTI_DEBIAN_MIRROR": "m", "CTI_CACHE": "c", "OTHER": "x"})
    assert settings == InstallSettings(mirror="m", cache="c", asterisk="")
    assert InstallSettings.from_environment().cache == os.environ.get("CTI_CACHE", "")


def _silent(text: str, fraction: float | None) -> None:
    assert text
    assert fraction is None or 0.0 <= fraction <= 1.0


def _unexpected(text: str, fraction: float | None) -> None:
    raise AssertionError(f"nothing was left to do, but: {text}")
