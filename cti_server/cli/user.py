"""`cti user`: people who may sign in."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.cli.db import in_transaction
from cti_server.directory.users import DirectoryError, change_password, create_user, list_users

app = typer.Typer(no_args_is_help=True, help="Users · 用户")
T = TypeVar("T")

Password = Annotated[
    str,
    typer.Option(
        prompt="Password · 密码",
        confirmation_prompt=True,
        hide_input=True,
        envvar="CTI_USER_PASSWORD",
        show_envvar=True,
    ),
]


@app.command()
def add(
    username: Annotated[str, typer.Argument(help="Agents: the extension, e.g. 1009 · 坐席填分机号")],
    name: Annotated[str, typer.Option(help="Shown name · 姓名")],
    password: Password,
    role: Annotated[str, typer.Option(help="agent, supervisor or admin")] = "agent",
    skill: Annotated[list[str] | None, typer.Option(help="skill=level (1–10), may be repeated · 技能=等级")] = None,
    locale: Annotated[str, typer.Option(help="zh or en")] = "zh",
) -> None:
    """Add a user; an agent also gets his seat, skills and phones · 新增用户"""
    skills = dict(_skill(text) for text in skill or [])

    async def work(session: AsyncSession) -> None:
        await create_user(
            session, username=username, name=name, role=role, password=password, skills=skills, locale=locale
        )

    _run(work)
    typer.echo(f"已添加 · added: {username}")


@app.command()
def passwd(username: str, password: Password) -> None:
    """Give a user another password; his phones need it too · 修改密码，话机密码一并修改"""
    _run(lambda session: change_password(session, username, password))
    typer.echo(f"密码已修改 · password changed: {username}")


@app.command("list")
def list_() -> None:
    """Everybody who may sign in · 用户列表"""
    table = Table("用户名 · username", "姓名 · name", "角色 · role", "坐席 · agent", "语言 · locale", "启用 · active")
    for user in _run(list_users):
        table.add_row(user.username, user.name, user.role, user.agent or "", user.locale, "✓" if user.active else "")
    Console().print(table)


def _skill(text: str) -> tuple[str, int]:
    name, equals, level = text.partition("=")
    if not (equals and level.isascii() and level.isdigit()):
        raise typer.BadParameter(f"{text}: write skill=level, e.g. english=7 · 请写成 技能=等级")
    return name.strip(), int(level)


def _run(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """`work` in one transaction; what cannot be done is said and ends with status 1."""
    try:
        return in_transaction(work)
    except DirectoryError as error:
        typer.echo(f"不能完成 · not done ({error.code}): {error.detail}", err=True)
        raise typer.Exit(1) from error
