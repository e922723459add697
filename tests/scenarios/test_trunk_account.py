"""A carrier that wants to know who calls: with the right secret calls go out, with a wrong one it is said why not."""

from pathlib import Path

from tests.rig.center import running_center
from tests.rig.far_end import far_end
from tests.rig.outside import HIS, OTHERS, QUICK, place

ACCOUNT = {"trunk_out_user": "cti-trunk", "trunk_out_secret": "s3cret"}


async def test_the_carrier_asks_for_our_account(center_template: Path) -> None:
    async with (
        far_end() as far,
        running_center(center_template, trunk_out_port=str(far.port), **QUICK, **ACCOUNT) as center,
        center.agent("1001"),
    ):
        far.account, far.challenge = ("cti-trunk", "s3cret"), 407
        made = await place(center, HIS, key="right")
        rung = await far.rings(1)
        await center.floor.event("InteractionConnected", interaction=made["id"])
        far.hang_up(rung)
        await center.floor.closed(made["id"])

        far.account, far.challenge = ("cti-trunk", "other"), 401
        other = await place(center, OTHERS, key="wrong")
        await center.floor.event("CallbackAttemptEnded", interaction=other["id"], attempt=1, result="trunk_refused")
        client = await center.api()
        assert (await client.delete(f"/api/v1/callbacks/{other['id']}")).status_code == 204
        await center.floor.closed(other["id"])
        assert center.logged("trunk_refused_our_call")
        assert center.logged("check CTI_TRUNK_OUT_USER and CTI_TRUNK_OUT_SECRET")
        await center.settle()
    assert [one.number for one in far.rung] == [HIS]
