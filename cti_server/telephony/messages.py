"""Taking a spoken message from a caller."""

from cti_server.engine import Engine
from cti_server.floor import effects as f
from cti_server.floor import inputs as i
from cti_server.floor.words import RecordingId
from cti_server.telephony.agi_server import AgiSession
from cti_server.telephony.call import Call, Speaker
from cti_server.telephony.recorder import Recorder, kept
from ivr_flows.promptbook import Prompt

_TONE = ("!1000/400", "!0/100")
_TONE_MS = 500
_LONGEST_MS = 180_000


async def sound_tone(session: AgiSession) -> None:
    """After it one speaks."""
    await session.exec("Playtones", *_TONE)
    await session.wait_for_digit(_TONE_MS)
    await session.exec("StopPlaytones")


async def take_message(
    call: Call, order: f.TakeVoicemail, engine: Engine, speaker: Speaker, recorder: Recorder
) -> None:
    """Speak the prompt and a tone, then record until the caller presses a key, hangs up or has said enough."""
    if not order.invited:
        await speaker.say(call.session, [Prompt(order.prompt or "voicemail", call.language)])
    begun = i.VoicemailStarted(call.interaction, order.recording)
    await record_after_tone(call, engine, recorder, order.recording, begun, _LONGEST_MS)


async def record_after_tone(
    call: Call, engine: Engine, recorder: Recorder, recording: RecordingId, begun: i.Input, longest_ms: int
) -> None:
    """Tone, then record until a key, the hang-up or `longest_ms`. `begun` tells the floor that the recording runs."""
    session = call.session
    await sound_tone(session)
    engine.submit(begun)
    async with kept(recorder, call.interaction, recording) as files:
        await session.exec("MixMonitor", "", files.mix_monitor_options())
        await session.wait_for_digit(longest_ms)
        await session.exec("StopMixMonitor")
