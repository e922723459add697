"""Settings: environment `CTI_*`, then `cti.toml` in the state folder, then these defaults. Read once, passed down."""

import os
import ssl
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from typing_extensions import override

from ivr_flows.shipped import FLOWS
from routing.hours import is_zone, parse_span

Port = Annotated[int, Field(ge=1, le=65535)]


def _words(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
"""In the environment: separated by commas."""


def _port_range(value: str) -> str:
    first, dash, last = value.partition("-")
    if not (dash and first.isdigit() and last.isdigit() and 1024 <= int(first) < int(last) <= 65535):
        raise ValueError("write the range of RTP ports as FIRST-LAST, e.g. 18000-19999, within 1024-65535")
    return value


ALL_DAY = "00:00-24:00"


def _span(value: str) -> str:
    if parse_span(value) is None:
        raise ValueError(f"write the hours as 08:00-21:00, or {ALL_DAY} for all day")
    return value


def _zone(value: str) -> str:
    if not is_zone(value):
        raise ValueError("write an IANA time zone such as Asia/Shanghai")
    return value


DIAL_ALLOWED = ("+8610", *(f"+861{n}" for n in range(3, 10)), *(f"+86{n}" for n in range(2, 10)))
"""Beijing and mobile numbers, all other area codes. What is too short for them is refused by its length."""


def _address(value: str) -> str:
    if value and (not value.startswith(("https://", "http://")) or any(c.isspace() for c in value)):
        raise ValueError(
            "write the address as https://service.example.com, with a path in front of ours if there is one"
        )
    return value.rstrip("/")


def _certificates(path: Path | None) -> Path | None:
    try:
        if path is not None:
            ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError):
        raise ValueError("name a PEM file of certificates") from None
    return path


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            ip_network(value)
        except ValueError:
            raise ValueError("write networks as 10.1.0.0/16 or fd00::/8, separated by commas") from None
    return values


class Settings(BaseSettings):
    """All that can be set. Ports are configurable, so several instances run side by side."""

    model_config = SettingsConfigDict(env_prefix="CTI_", extra="ignore")

    home: Path = Path(".cti")
    """State folder: database, Asterisk, recordings, secrets, spool."""

    http_address: str = "127.0.0.1"
    http_port: Port = 8000
    origins: Words = ()
    """Further origins (scheme://host[:port]) whose pages may open the websockets, e.g. behind a TLS proxy."""
    trusted_proxies: Words = ()
    """Addresses whose X-Forwarded-* headers are believed: those of the TLS proxy in front, and only those."""
    public_url: Annotated[str, AfterValidator(_address)] = ""
    """Where customers reach this server (https://service.example.com), for links that are sent to them."""
    metrics_token: SecretStr | None = None
    """Bearer token that opens /metrics from elsewhere; without it only this machine may read them."""

    database_url: SecretStr | None = None
    """postgresql://… of an external database; without it an embedded PostgreSQL runs in the state folder."""
    database_owner_url: SecretStr | None = None
    """The role that owns the tables and runs migrations, when it is not the server's own."""

    sip_address: str = "127.0.0.1"
    sip_port: Port = 5060
    rtp_ports: Annotated[str, AfterValidator(_port_range)] = "18000-19999"
    media_address: str = "auto"
    area_code: str = ""
    """Of this site, e.g. 025: completes local numbers that the exchange sends without one."""
    trunk_match: str = "127.0.0.1"
    """Address (or network) of the carrier's SIP trunk."""

    trunk_out_host: str = ""
    """Where calls go out: the carrier's SIP server. Empty: nobody is called back (the demo rings people of its own)."""
    trunk_out_port: Port = 5060
    trunk_out_user: str = ""
    trunk_out_secret: SecretStr | None = None
    trunk_out_caller_id: str = ""
    """The number shown to whom we dial."""
    trunk_out_numbers: Literal["e164", "national"] = "e164"
    """How the carrier wants numbers: +8613812345678, or 13812345678 and 02583190000."""
    dial_allowed: Words = DIAL_ALLOWED
    """Prefixes (E.164) that may be dialled: by default mobile and geographic numbers of mainland China."""
    dial_refused: Words = ("+86400", "+86800")
    """Prefixes or whole numbers that are never dialled, whatever is allowed."""
    dial_hours: Annotated[str, AfterValidator(_span)] = "08:00-21:00"
    """When customers may be rung, in `zone`; in the demo, which rings people of its own, all day."""
    zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    """The company's time zone (IANA)."""
    dial_at_once: Annotated[int, Field(ge=1, le=10_000)] = 20
    dial_per_hour: Annotated[int, Field(ge=1, le=100_000)] = 200
    dial_per_number: Annotated[int, Field(ge=1, le=1_000)] = 5
    """In 24 hours."""
    transfer_per_number: Annotated[int, Field(ge=1, le=100_000)] = 100
    """In 24 hours, for callers whom a flow hands on."""
    dial_ring_seconds: Annotated[int, Field(ge=5, le=120)] = 30
    callback_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    callback_spacing_seconds: Annotated[int, Field(ge=1, le=86_400)] = 300
    callback_rest_seconds: Annotated[int, Field(ge=0, le=600)] = 5
    """What an agent gets for a note when a customer was not reached."""
    callback_slot_capacity: Annotated[int, Field(ge=1, le=10_000)] = 6
    """Callbacks of one queue that are promised for the same half hour."""

    ami_host: str = "127.0.0.1"
    ami_port: Port = 5038
    ami_user: str = "cti"
    ami_secret: SecretStr | None = None
    """Given: use the Asterisk at `ami_host` that somebody else runs. Ours has generated secrets in the state folder."""
    ari_user: str = "cti"
    ari_secret: SecretStr | None = None
    """For the HTTP interface of that Asterisk, at `ami_host`:`asterisk_http_port`."""
    agi_address: str = "127.0.0.1"
    agi_port: Port = 4573
    asterisk_http_port: Port = 8088
    keep_asterisk: bool = False
    """Leave our Asterisk running when the server stops: calls go on, and the next server takes them over."""
    asterisk_bin: Path | None = None
    """A system Asterisk (20 or newer) to run instead of installing one."""
    debian_mirror: str | None = None
    cache: Path | None = None
    """Where downloaded packages are shared between instances; the state folder without it."""

    flows: Path = FLOWS
    """Folder of the IVR flows, one YAML file each."""
    connectors: Path | None = None
    """Document of the systems that flows may ask; the demo has its own."""
    record: bool = True
    """Whether conversations are recorded."""

    webhook_networks: Annotated[Words, AfterValidator(_networks)] = ()
    """Private networks (10.1.0.0/16) that webhooks may be sent to, also without TLS; others have to be public."""

    webhook_ca: Annotated[Path | None, AfterValidator(_certificates)] = None
    """PEM file of a company's own authorities that vouch for receivers of webhooks."""
    visitor_pages_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """How long is kept which pages a web visitor let the agent see."""

    demo: bool = False
    demo_shop_port: Port = 8001
    """Of the demo's shop, a web site with the widget."""
    demo_password: SecretStr | None = None
    back_office_port: Port = 8070
    """Of the demo's back office, on this machine only."""

    @model_validator(mode="after")
    def _absolute(self) -> "Settings":
        self.home = self.home.expanduser().absolute()
        return self

    @model_validator(mode="after")
    def _nobody_sleeps_in_the_demo(self) -> "Settings":
        if self.demo and not self.trunk_out_host and "dial_hours" not in self.model_fields_set:
            self.dial_hours = ALL_DAY
        return self

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """Names by which a browser on this machine may know us; the first is the one that is printed."""
        return tuple(dict.fromkeys((self.http_address, "127.0.0.1", "localhost")))

    @property
    def customer_url(self) -> str:
        """What links to customers begin with."""
        return self.public_url or f"http://{self.http_address}:{self.http_port}"

    @property
    def recordings(self) -> Path:
        return self.home / "recordings"

    @property
    def prompts(self) -> Path:
        """Prompts as Asterisk plays them, unpacked from the package."""
        return self.home / "prompts"

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        home = Path(os.environ.get("CTI_HOME", ".cti"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, home / "cti.toml")
