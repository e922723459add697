"""A signature holds for one body, one secret and a short time; both documented functions agree."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.webhooks.signing import new_secret, signature
from tests.webhooks.receiver import block, documented_verify

SECRET = "ctiwh_" + "5" * 64
NOW = 1_800_000_000
verify = documented_verify()


@given(st.binary(max_size=400), st.integers(-300, 300))
def test_what_we_sign_is_accepted(body: bytes, late: int) -> None:
    assert verify(SECRET, signature(SECRET, NOW, body), body, NOW + late)


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_another_body_is_refused(body: bytes, other: bytes) -> None:
    assert verify(SECRET, signature(SECRET, NOW, body), other, NOW) == (body == other)


@pytest.mark.parametrize("late", [-301, 301, 86_400])
def test_out_of_the_window_is_refused(late: int) -> None:
    assert not verify(SECRET, signature(SECRET, NOW, b"{}"), b"{}", NOW + late)


def test_another_secret_or_time_is_refused() -> None:
    good = signature(SECRET, NOW, b"{}")
    assert not verify(new_secret(), good, b"{}", NOW)
    assert not verify(SECRET, good.replace(f"t={NOW}", f"t={NOW + 1}"), b"{}", NOW)


@given(st.text(max_size=100))
def test_rubbish_in_the_header_is_refused(header: str) -> None:
    assert not verify(SECRET, header, b"{}", NOW)


def test_the_javascript_function_agrees(tmp_path: Path) -> None:
    good = signature(SECRET, NOW, b'{"a":1}')
    bad = (good[:-1] + ("0" if good[-1] != "0" else "1"), good.replace("t=", "t=1"), "", "t=1,v1=zz", "v1", "t=,v1=,")
    checks = "".join(f"if (verify(s, {text!r}, b, {NOW})) throw new Error({text!r});\n" for text in bad)
    program = tmp_path / "check.mjs"
    program.write_text(
        f"{block('js')}\nconst s = {SECRET!r}, b = Buffer.from('{{\"a\":1}}');\n"
        f"if (!verify(s, {good!r}, b, {NOW + 300})) throw new Error('good');\n"
        f"if (verify(s, {good!r}, b, {NOW + 301})) throw new Error('late');\n"
        f"if (verify(s, {good!r}, Buffer.from('x'), {NOW})) throw new Error('body');\n{checks}",
        encoding="utf-8",
    )
    done = subprocess.run(["node", str(program)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
