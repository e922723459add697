"""Taking a spoken message from a caller."""

from cti_server.engine import Engine
from cti_server.floor import effects as f
from cti_server.floor import inputs as i
from cti_server.telephony.call import Call, Speaker
from cti_server.telephony.recorder import Recorder, kept
from ivr_flows.promptbook import Prompt

_TONE = ("!1000/400", "!0/100")
_TONE_MS = 500
_LONGEST_MS = 180_000


async def take_message(
    call: Call, order: f.TakeVoicemail, engine: Engine, speaker: Speaker, recorder: Recorder
) -> None:
    """Speak the prompt and a tone, then record until the caller presses a key, hangs up or has said enough."""
    session = call.session
    await speaker.say(session, [Prompt(order.prompt or "voicemail", call.language)])
    await session.exec("Playtones", *_TONE)
    await session.wait_for_digit(_TONE_MS)
    await session.exec("StopPlaytones")
    engine.submit(i.VoicemailStarted(call.interaction, order.recording))
    async with kept(recorder, call.interaction, order.recording) as files:
        await session.exec("MixMonitor", "", files.mix_monitor_options())
        await session.wait_for_digit(_LONGEST_MS)
        await session.exec("StopMixMonitor")
