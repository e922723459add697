"""Which Debian mirror and which signing keys this machine already trusts.

Both forms of apt sources are read: one-line files (`sources.list(5)`) and deb822 `*.sources`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

KEYRINGS = ("usr/share/keyrings/debian-archive-keyring.gpg", "usr/share/keyrings/debian-archive-keyring.pgp")


class InstallError(Exception):
    """Something the person at the keyboard can put right; the message says how."""


@dataclass(frozen=True, slots=True)
class AptSource:
    """One `deb` entry: where, which suite, which components, and the key that signs it ('' = the default keys)."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str = ""


def machine_sources(root: Path = Path("/")) -> list[AptSource]:
    """Every enabled binary source below `root`/etc/apt, in apt's order. Unreadable files count as absent."""
    etc = root / "etc/apt"
    found: list[AptSource] = []
    for path in (etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if path.suffix == ".list":
            found.extend(_one_line(text))
        elif path.suffix == ".sources":
            found.extend(_deb822(text))
    return found


def debian_mirror(sources: list[AptSource]) -> str:
    """The address Debian itself is fetched from on this machine.

    A third-party source is told apart by the key that signs it or by its path. Raises InstallError if there is none.
    """
    ranked = [(score, source.uri) for source in sources if (score := _debian_score(source)) > 0]
    if not ranked:
        raise InstallError(
            "This machine's apt sources name no Debian mirror. "
            "Set CTI_DEBIAN_MIRROR to the address of one (it ends in /debian) and run the command again."
        )
    return max(ranked, key=lambda entry: entry[0])[1]  # max keeps the first of equals


def debian_keyring(root: Path = Path("/")) -> Path:
    """The file of Debian's archive keys. Raises InstallError if the machine has none."""
    for name in KEYRINGS:
        if (root / name).is_file():
            return root / name
    raise InstallError(
        "Debian's archive keys are missing, so downloads could not be verified. "
        "Install the package debian-archive-keyring and run the command again."
    )


def own_suite_sources(codename: str, sources: list[AptSource]) -> list[AptSource]:
    """The Debian sources of the release this machine runs, with its updates and security suites."""
    wanted = {codename, f"{codename}-updates", f"{codename}-security", f"{codename}/updates"}
    return [s for s in sources if s.suite in wanted and (_debian_score(s) > 0 or "security" in s.suite)]


def _debian_score(source: AptSource) -> int:
    if "main" not in source.components or "security" in source.suite or "security" in source.uri:
        return 0
    signed = "debian-archive" in source.signed_by
    path = urlsplit(source.uri).path.rstrip("/").endswith("/debian")
    return 2 * signed + path


def _one_line(text: str) -> Iterator[AptSource]:
    for line in text.splitlines():
        rest = line.split("#", 1)[0].strip()
        if not rest.startswith(("deb ", "deb\t")):
            continue
        rest, signed_by = rest[4:].strip(), ""
        if rest.startswith("["):
            options, _, rest = rest[1:].partition("]")
            for option in options.split():
                key, _, value = option.partition("=")
                if key.lower() == "signed-by":
                    signed_by = value
        words = rest.split()
        if len(words) >= 3:
            yield AptSource(words[0], words[1], tuple(words[2:]), signed_by)


def _deb822(text: str) -> Iterator[AptSource]:
    for stanza in _stanzas(text):
        if "deb" not in stanza.get("types", "").split() or stanza.get("enabled", "yes").strip().lower() == "no":
            continue
        components = tuple(stanza.get("components", "").split())
        signed_by = stanza.get("signed-by", "").strip()
        if "\n" in signed_by or "BEGIN PGP" in signed_by:
            signed_by = ""  # a key written into the stanza itself is no file name
        for uri in stanza.get("uris", "").split():
            for suite in stanza.get("suites", "").split():
                yield AptSource(uri, suite, components, signed_by)


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    stanza: dict[str, str] = {}
    key = ""
    for line in [*text.splitlines(), ""]:
        if not line.strip():
            if stanza:
                yield stanza
            stanza, key = {}, ""
        elif line.startswith("#"):
            continue
        elif line[0] in " \t" and key:
            stanza[key] += "\n" + line.strip()
        else:
            name, _, value = line.partition(":")
            key = name.strip().lower()
            stanza[key] = value.strip()
