"""The connectors document on its way in: every mistake with its place and what to do; and the secrets it names."""

import re
import ssl
import tomllib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ValidationError

from cti_server.connectors.document import Action, Argument, Auth, Connector, Document, Field, Secret
from ivr_flows.yamlfile import Bounds, FlowError, parse_yaml
from routing.problems import ConfigurationError, Problem, Problems, Text, key_path

BUILT_IN = ("customers", "cases")
"""Names of our own."""
_MAX_BYTES = 256 * 1024
_BOUNDS = Bounds(_MAX_BYTES, 50_000, "Use fewer connectors and actions")
_SECRET_BYTES = 8 * 1024
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_HINTS: Mapping[str, type[BaseModel]] = {
    "connectors": Connector,
    "actions": Action,
    "results": Field,
    "arguments": Argument,
}

_WORDS: Mapping[str, tuple[str, str, str, str]] = {
    # kind of mistake → what is wrong (zh, en), what to do (zh, en)
    "missing": ("缺少此项", "is missing", "补上", "Add it"),
    "int_parsing": ("不是整数", "is no whole number", "写成数字，如 5", "Write a number such as 5"),
    "float_parsing": ("不是数", "is no number", "写成数字，如 2.5", "Write a number such as 2.5"),
    "bool_parsing": ("不是 true 或 false", "is neither true nor false", "写 true 或 false", "Write true or false"),
    "dict_type": ("应为映射", "should be a mapping", "写成 名称: 值", "Write name: value"),
    "model_type": ("应为映射", "should be a mapping", "写成 名称: 值", "Write name: value"),
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A connector ready for use. `headers` hold its secrets: they are never shown."""

    settings: Connector
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    tls: ssl.SSLContext | None = None


def load(path: Path, environment: Mapping[str, str], folder: Path | None = None) -> dict[str, Opened]:
    """The connectors of a file, YAML or TOML (by its name). `folder`: where relative files lie (that of `path`).

    ConfigurationError with everything that is wrong.
    """
    return open_document(read_document(path, environment), environment, folder or path.parent)


def read_document(path: Path, environment: Mapping[str, str]) -> Document:
    """What the file says, checked; secrets are not looked at. `${NAME}` in a url is from the environment."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise _unusable(f"{path.name} 无法读取", f"{path.name} cannot be read ({error.strerror})") from None
    raw = _decoded(data, toml=path.suffix == ".toml")
    problems = Problems()
    _set_urls(raw, environment, problems)
    problems.refuse()
    try:
        document = Document.model_validate(raw)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False, include_context=False):
            _tell(problems, one["loc"], one["type"], one["msg"])
        problems.refuse()
        raise
    for name in document.connectors.keys() & set(BUILT_IN):
        problems.add(
            f"connectors.{name}",
            Text(zh="这个名称属于自带的客户资料和工单", en="this name belongs to our own customers and cases"),
            Text(zh="换一个名称", en="Choose another name"),
        )
    problems.refuse()
    return document


def open_document(document: Document, environment: Mapping[str, str], folder: Path) -> dict[str, Opened]:
    """The connectors with their secrets and certificates. ConfigurationError names what cannot be had."""
    problems = Problems()
    opened = {
        name: Opened(
            settings,
            {**settings.headers, **_auth(f"connectors.{name}.auth", settings.auth, environment, folder, problems)},
            _tls(f"connectors.{name}.ca", settings, folder, problems),
        )
        for name, settings in document.connectors.items()
    }
    problems.refuse()
    return opened


def _decoded(data: bytes, *, toml: bool) -> object:
    try:
        if not toml:
            return parse_yaml(data, "", _BOUNDS)
        if len(data) > _MAX_BYTES:
            raise ValueError(f"larger than {_MAX_BYTES // 1024} KiB")
        return tomllib.loads(data.decode("utf-8"))
    except FlowError as error:
        message = Text(zh=f"不是可用的 YAML：{error.problem}", en=f"not usable YAML: {error.problem}")
        raise ConfigurationError([Problem(error.where, message, Text(zh="改正后再试", en=error.remedy))]) from None
    except (ValueError, RecursionError) as error:
        raise _unusable(f"不是可用的 TOML：{error}", f"not usable TOML: {error}") from None


def _set_urls(raw: object, environment: Mapping[str, str], problems: Problems) -> None:
    connectors = raw.get("connectors") if isinstance(raw, dict) else None
    for name, connector in connectors.items() if isinstance(connectors, dict) else ():
        if not isinstance(connector, dict) or not isinstance(url := connector.get("url"), str):
            continue
        for variable in sorted(set(_VARIABLE.findall(url)) - environment.keys()):
            message = Text(zh=f"环境变量 {variable} 未设置", en=f"the environment has no {variable}")
            problems.add(f"{key_path('connectors', name)}.url", message, Text(zh="设置它", en=f"Set {variable}"))
        connector["url"] = _VARIABLE.sub(lambda match: environment.get(match[1], ""), url)


def _tell(problems: Problems, loc: tuple[int | str, ...], kind: str, message: str) -> None:
    place = ""
    for part in loc:
        place = f"{place}[{part}]" if isinstance(part, int) else key_path(place, part)
    if kind == "extra_forbidden":
        text = Text(zh="没有这一项", en="there is no such setting")
        problems.add(place, text, problems.instead_of(str(loc[-1]), _known(loc)))
        return
    if kind in _WORDS:
        zh, en, zh_remedy, en_remedy = _WORDS[kind]
        problems.add(place, Text(zh=zh, en=en), Text(zh=zh_remedy, en=en_remedy))
        return
    said = message.removeprefix("Value error, ")
    what, _, remedy = said.partition(": ")
    problems.add(
        place,
        Text(zh=f"不可用：{what}", en=what),
        Text(
            zh=remedy or "按说明文档改正",
            en=(remedy[:1].upper() + remedy[1:]) or "Correct it as docs/connectors.md says",
        ),
    )


def _known(loc: tuple[int | str, ...]) -> list[str]:
    """The settings that exist where an unknown one stands."""
    model: type[BaseModel] = Document
    for index, part in enumerate(loc[:-1]):
        if index and loc[index - 1] in _HINTS:
            model = _HINTS[str(loc[index - 1])]
        elif isinstance(kind := (found.annotation if (found := model.model_fields.get(str(part))) else None), type):
            model = kind if issubclass(kind, BaseModel) else model
        elif part == "auth":
            model = Auth
    return [info.alias or name for name, info in model.model_fields.items()]


def _auth(
    place: str, auth: Auth | None, environment: Mapping[str, str], folder: Path, problems: Problems
) -> dict[str, str]:
    if auth is None:
        return {}
    if auth.bearer is not None:
        return {"Authorization": f"Bearer {_secret(f'{place}.bearer', auth.bearer, environment, folder, problems)}"}
    if auth.basic is not None:
        password = _secret(f"{place}.basic.password", auth.basic.password, environment, folder, problems)
        return {"Authorization": f"Basic {b64encode(f'{auth.basic.user}:{password}'.encode()).decode()}"}
    if auth.header is not None:
        return {auth.header.name: _secret(f"{place}.header.value", auth.header.value, environment, folder, problems)}
    return {}


def _secret(place: str, secret: Secret, environment: Mapping[str, str], folder: Path, problems: Problems) -> str:
    """'' when it cannot be had, which is told. Nothing of it is ever part of a problem."""
    if secret.env is not None:
        value, where = environment.get(secret.env, ""), secret.env
    else:
        where = str(secret.file)
        try:
            with (folder / where).open("rb") as file:
                value = file.read(_SECRET_BYTES).decode("utf-8").strip()
        except (OSError, ValueError):
            message = Text(zh=f"无法读取 {where}", en=f"{where} cannot be read")
            problems.add(
                place, message, Text(zh="把密钥写入该文件，并检查权限", en="Put the secret there, check its rights")
            )
            return ""
    if not value or not value.isprintable() or not value.isascii():
        message = Text(
            zh=f"{where} 为空或含有不可用的字符", en=f"{where} is empty or holds characters that cannot be sent"
        )
        problems.add(place, message, Text(zh="写入可见的 ASCII 字符", en="Put printable ASCII there"))
        return ""
    return value


def _tls(place: str, settings: Connector, folder: Path, problems: Problems) -> ssl.SSLContext | None:
    if not settings.url.startswith("https:"):
        return None
    try:
        return ssl.create_default_context(cafile=str(folder / settings.ca) if settings.ca else None)
    except (OSError, ssl.SSLError):
        message = Text(zh=f"{settings.ca} 不是可用的证书文件", en=f"{settings.ca} is no usable file of certificates")
        problems.add(place, message, Text(zh="给出 PEM 文件", en="Give a PEM file"))
        return None


def _unusable(zh: str, en: str) -> ConfigurationError:
    return ConfigurationError([Problem("", Text(zh=zh, en=en), Text(zh="改正后再试", en="Correct it"))])
