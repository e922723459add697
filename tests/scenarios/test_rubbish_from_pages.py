"""A page that sends what no console of ours would: its own connection ends, and nothing else happens."""

from tests.rig.center import Center, prompt_tone
from tests.rig.live import close_code, live_socket
from tests.rig.people import talking

_RUBBISH: dict[str, tuple[str | bytes, int]] = {
    "beyond the transport": ("x" * 70_000, 1009),
    "beyond a ping": ('{"type":"ping","x":"' + "y" * 5000 + '"}', 4400),
    "nested": ("[" * 4000, 4400),
    "no ping": ('{"type":"subscribe"}', 4400),
    "no object": ("1", 4400),
    "binary": (b"\x00\xff", 4400),
}


async def test_the_others_do_not_notice(center: Center) -> None:
    address, token = center.url.replace("http", "ws", 1), await center.token()
    async with center.agent("1001") as agent, center.caller() as caller:
        await caller.dial("95598")
        await caller.choose("0", at=prompt_tone("power_menu"))
        call = await caller.state("connected")
        codes = {}
        for kind, (rubbish, _) in _RUBBISH.items():
            async with live_socket(address, token) as broken:
                await broken.recv()
                await broken.send(rubbish)
                codes[kind] = await close_code(broken)
        assert codes == {kind: code for kind, (_, code) in _RUBBISH.items()}
        await talking(caller, agent, 440, 880)
        await agent.end_call(call.id)
        assert (await center.floor.closed(call.id))["outcome"] == "handled"
