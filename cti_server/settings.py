"""Settings: environment `CTI_*`, then `cti.toml` in the state folder, then these defaults. Read once, passed down."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from typing_extensions import override

from ivr_flows.flow import FLOWS

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

    demo: bool = False
    demo_password: SecretStr | None = None
    back_office_port: Port = 8070
    """Of the demo's back office, on this machine only."""

    @model_validator(mode="after")
    def _absolute(self) -> "Settings":
        self.home = self.home.expanduser().absolute()
        return self

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
