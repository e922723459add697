"""The plan of one Asterisk instance, and its configuration rendered from the templates in `asterisk-config`."""

import hashlib
import ipaddress
import os
import re
import secrets
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from cti_server.telephony.install import AsteriskTree

_PLACEHOLDER = re.compile(r"@([A-Z_]+)@")
_LONGEST_SOCKET = 107  # bytes of a Unix socket's path on Linux, unix(7)
# Files Asterisk complains about when they are missing and needs nothing from.
_EMPTY = (
    "acl",
    "cel",
    "geolocation",
    "pjproject",
    "queuerules",
    "queues",
    "statsd",
    "udptl",
    "websocket_client",
)
_PARTS = ("extensions-demo.conf", "pjsip-trunk-out.conf")
"""Templates that are put into others."""
_CALM = "macroform-the_simplicity.wav"


class PbxError(Exception):
    """Asterisk cannot be configured or started; the message says what to change."""


@dataclass(frozen=True, slots=True)
class TrunkOut:
    """The SIP trunk for going out. Without a user the far side knows us by our address."""

    host: str
    port: int = 5060
    user: str = ""
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        for name, value, shape in (
            ("HOST", self.host, r"[0-9A-Za-z.-]+"),
            ("USER", self.user, r"[0-9A-Za-z+._@-]*"),
            ("SECRET", self.secret, r"[^\x00-\x1f;\x7f]*"),
        ):
            if not re.fullmatch(shape, value):
                raise PbxError(f"CTI_TRUNK_OUT_{name} holds characters that cannot stand in Asterisk's configuration.")


@dataclass(frozen=True, slots=True)
class PbxPlan:
    """Where one Asterisk lives and what it listens on.

    `media_address` is what phones and browsers send audio to ('' = loopback when SIP is on loopback, else
    `sip_address`). `music` is a folder of 8 kHz mono wav files. `apology` is a prompt (path without extension) played
    when the server stays away for `agi_tries` seconds.
    """

    state: Path
    tree: AsteriskTree
    sip_address: str = "127.0.0.1"
    sip_port: int = 5060
    ami_port: int = 5038
    agi_host: str = "127.0.0.1"
    agi_port: int = 4573
    http_address: str = "127.0.0.1"
    http_port: int = 8088
    rtp_ports: tuple[int, int] = (18000, 19999)
    media_address: str = ""
    trunk_match: tuple[str, ...] = ("127.0.0.1",)
    trunk_out: TrunkOut | None = None
    demo: bool = False
    music: Path | None = None
    apology: str = "sorry&please-try-call-later"
    agi_tries: int = 120

    def __post_init__(self) -> None:
        for name, port in (
            ("CTI_SIP_PORT", self.sip_port),
            ("CTI_AMI_PORT", self.ami_port),
            ("CTI_AGI_PORT", self.agi_port),
            ("CTI_ASTERISK_HTTP_PORT", self.http_port),
        ):
            if not 0 < port < 65536:
                raise PbxError(f"{name}={port} is no port number (1-65535).")
        first, last = self.rtp_ports
        if not 1024 <= first < last < 65536 or last - first < 3:
            raise PbxError(
                f"CTI_RTP_PORTS={first}-{last} is no range of ports (for example 18000-19999; four per call)."
            )
        for name, address in (
            ("CTI_SIP_ADDRESS", self.sip_address),
            ("Asterisk's HTTP address", self.http_address),
            ("CTI_MEDIA_ADDRESS", self.media_address or "127.0.0.1"),
        ):
            try:
                ipaddress.IPv4Address(address)
            except ValueError:
                raise PbxError(f"{name}={address!r} is no IPv4 address.") from None
        for match in self.trunk_match:
            if not re.fullmatch(r"[0-9A-Za-z.:/-]+", match):
                raise PbxError(f"CTI_TRUNK_MATCH: {match!r} is no address, network or host name.")

    @property
    def home(self) -> Path:
        """Everything of this Asterisk: etc, var, spool, log, run."""
        return (self.state / "asterisk").absolute()

    @property
    def run(self) -> Path:
        """Where the pid file and the control socket lie; a short path when the state folder's is too long for one."""
        run = self.home / "run"
        if len(os.fsencode(run / "asterisk.ctl")) <= _LONGEST_SOCKET:
            return run
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"cti-{os.getuid()}-{digest}"

    @property
    def local_media(self) -> str:
        """The address audio is sent to."""
        if self.media_address:
            return self.media_address
        return self.sip_address if self.sip_address != "0.0.0.0" else first_address() or "127.0.0.1"  # noqa: S104


def secret(plan: PbxPlan, name: str) -> str:
    """The generated secret `name` of this instance: made once, readable by its owner only."""
    path = plan.home / f"{name}.secret"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    value = secrets.token_urlsafe(32)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(value)
    return value


def render(plan: PbxPlan) -> str:
    """Write the configuration below `plan.home` and return its fingerprint (equal plans have equal ones)."""
    home = plan.home
    for name in ("etc", "var/keys", "spool", "log", "data", "moh"):
        (home / name).mkdir(parents=True, exist_ok=True)
    (home / "etc").chmod(0o700)
    plan.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    if plan.run.stat().st_uid != os.getuid():
        raise PbxError(f"{plan.run} belongs to somebody else. Set CTI_HOME to a shorter path.")
    _link_data(plan)
    values = _values(plan)
    digest = hashlib.sha256(repr(plan.tree.asterisk).encode())
    for template in sorted(templates().glob("*.conf")):
        if template.name in _PARTS:
            continue
        text = fill(template.read_text(encoding="utf-8"), values)
        digest.update(text.encode())
        (home / "etc" / template.name).write_text(text, encoding="utf-8")
    for name in _EMPTY:
        (home / "etc" / f"{name}.conf").write_text("", encoding="utf-8")
    return digest.hexdigest()


def fill(text: str, values: dict[str, str]) -> str:
    """Replace every `@NAME@` of `text`. A name without a value, or a value that could start a new line, is an error."""

    def value(match: re.Match[str]) -> str:
        try:
            return values[match[1]]
        except KeyError:
            raise PbxError(f"asterisk-config uses @{match[1]}@, which nothing fills in.") from None

    return _PLACEHOLDER.sub(value, text)


def templates() -> Path:
    """The folder of templates: inside an installed wheel, else in the checkout."""
    package = Path(__file__).resolve().parents[1]
    bundled = package / "_bundled/asterisk-config"
    return bundled if bundled.is_dir() else package.parent / "asterisk-config"


def local_addresses() -> list[str]:
    """This machine's IPv4 addresses beside loopback, from /proc/net/fib_trie (Linux)."""
    try:
        text = Path("/proc/net/fib_trie").read_text(encoding="ascii")
    except OSError:
        return []
    found = re.findall(r"\|-- ([0-9.]+)\n\s+/32 host LOCAL", text)
    return list(dict.fromkeys(address for address in found if not address.startswith("127.")))


def first_address() -> str:
    """One address of this machine beside loopback; '' on a machine that has none."""
    return next(iter(local_addresses()), "")


def _values(plan: PbxPlan) -> dict[str, str]:
    patterns = [f"_{plus}{'X' * digits}" for plus in ("", "+") for digits in range(3, 21 - len(plus))]

    def numbers(context: str) -> str:
        dialled = "${FILTER(0-9+,${EXTEN})}"
        return "\n".join(
            f"exten => {pattern},1,Set(CTI_DIALLED={dialled})\n same => n,Goto({context},s,1)" for pattern in patterns
        )

    demo = ""
    if plan.demo:
        demo = (templates() / "extensions-demo.conf").read_text(encoding="utf-8")
        demo = fill(demo, {"DEMO_NUMBERS": numbers("cti-demo-number")})
    single = {
        "HOME": str(plan.home),
        "RUN": str(plan.run),
        "MODULES": str(plan.tree.modules),
        "SBIN": str(plan.tree.sbin),
        "MUSIC": str(plan.music.absolute() if plan.music else plan.home / "moh"),
        "APOLOGY": plan.apology,
        "SIP_ADDRESS": plan.sip_address,
        "SIP_PORT": str(plan.sip_port),
        "AMI_PORT": str(plan.ami_port),
        "AMI_SECRET": secret(plan, "ami"),
        "AGI_HOST": plan.agi_host,
        "AGI_PORT": str(plan.agi_port),
        "AGI_TRIES": str(plan.agi_tries),
        "HTTP_ADDRESS": plan.http_address,
        "HTTP_PORT": str(plan.http_port),
        "ARI_SECRET": secret(plan, "ari"),
        "RTP_START": str(plan.rtp_ports[0]),
        "RTP_END": str(plan.rtp_ports[1]),
    }
    for name, value in single.items():
        if re.search(r"[\x00-\x1f;]", value):
            raise PbxError(
                f"{name.lower()} {value!r}: control characters and ';' cannot stand in Asterisk's configuration."
            )
    ice_acl, ice_candidates = _ice(plan)
    loopback = ipaddress.IPv4Address(plan.http_address).is_loopback
    return single | {
        "ARI_ACL": "" if loopback else "deny = 0.0.0.0/0.0.0.0\npermit = 127.0.0.1/32",
        "TRUNK_MATCH": "\n".join(f"match = {match}" for match in plan.trunk_match),
        "MEDIA": "\n".join(f"{key} = {value}" for key, value in media_fields(plan).items()),
        "ICE_ACL": ice_acl,
        "ICE_HOST_CANDIDATES": ice_candidates,
        "NUMBERS": numbers("cti-caller"),
        "DEMO": demo,
        "TRUNK_OUT": _trunk_out(plan),
    }


def _trunk_out(plan: PbxPlan) -> str:
    out = plan.trunk_out
    if out is None:
        return ""
    auth = f"\n[trunk-out]\ntype = auth\nauth_type = userpass\nusername = {out.user}\npassword = {out.secret}"
    values = {
        "OUT_HOST": out.host,
        "OUT_PORT": str(out.port),
        "OUTBOUND_AUTH": "outbound_auth = trunk-out" if out.user else "",
        "FROM_USER": f"from_user = {out.user}" if out.user else "",
        "OUT_AUTH": auth if out.user else "",
        "MEDIA": "\n".join(f"{key} = {value}" for key, value in media_fields(plan).items()),
    }
    return fill((templates() / "pjsip-trunk-out.conf").read_text(encoding="utf-8"), values)


def media_fields(plan: PbxPlan) -> dict[str, str]:
    """What every endpoint says about its media address. RTP binds to it only if it is this machine's own."""
    address = plan.local_media
    own = ipaddress.IPv4Address(address).is_loopback or address in local_addresses()
    return {"media_address": address, **({"bind_rtp_to_media_address": "yes"} if own else {})}


def media_warning() -> str:
    """What is wrong with this machine for calls in a browser; '' if nothing is.

    ICE offers no loopback address of its own accord, and a machine that has no other one has nothing to offer.
    """
    if local_addresses():
        return ""
    return (
        "This machine has no address beside loopback, so browsers will have no sound. "
        "Add one: ip addr add 10.9.9.9/32 dev lo"
    )


def _ice(plan: PbxPlan) -> tuple[str, str]:
    """ICE settings: Asterisk never offers 127.0.0.1 by itself, so one real address stands in for it."""
    address, own = plan.local_media, local_addresses()
    if address in own or not own:
        return "", ""
    stand_in = own[0]
    if ipaddress.IPv4Address(address).is_loopback:
        # Other addresses would be candidates that nothing listens on. The list applies to what is offered, not to what
        # that stands for.
        return f"ice_deny = 0.0.0.0/0\nice_permit = {address}/32", f"{stand_in} => {address}"
    return "", f"{stand_in} => {address},include_local_address"  # address translation in front of this machine


def _link_data(plan: PbxPlan) -> None:
    """A data folder of our own: links into the tree, and `sounds/en`, which is a broken link in an unpacked one."""
    data = plan.home / "data"
    links = {data / child.name: child for child in plan.tree.data.iterdir() if child.name not in ("sounds", "moh")}
    (data / "sounds").mkdir(exist_ok=True)
    if plan.tree.sounds is not None:
        links[data / "sounds/en"] = plan.tree.sounds
    if plan.tree.music is not None and (calm := plan.tree.music / _CALM).exists():
        links[plan.home / "moh" / _CALM] = calm
    for link, target in links.items():
        if link.is_symlink() and link.readlink() == target:
            continue
        if link.is_dir() and not link.is_symlink():
            shutil.rmtree(link)
        else:
            link.unlink(missing_ok=True)
        link.symlink_to(target)
