"""One AMI action on a session of its own, for tests that need no stream of events."""

import asyncio

from cti_server.telephony.pbx import Pbx


async def originate(pbx: Pbx, channel: str, offer: str) -> None:
    """Ring `channel` as the server rings an agent: into `cti-agent` with the offer's id."""
    target = pbx.ami
    reader, writer = await asyncio.open_connection(target.host, target.port)
    try:
        writer.write(
            f"Action: Login\r\nUsername: {target.username}\r\nSecret: {target.secret}\r\nEvents: off\r\n\r\n"
            f"Action: Originate\r\nActionID: o\r\nChannel: {channel}\r\nContext: cti-agent\r\nExten: answered\r\n"
            f"Priority: 1\r\nAsync: true\r\nCallerID: <13800000001>\r\nVariable: CTI_OFFER={offer}\r\n\r\n".encode()
        )
        async with asyncio.timeout(5):
            while (await reader.readline()).strip() != b"ActionID: o":
                pass
    finally:
        writer.close()
        await writer.wait_closed()
