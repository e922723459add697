"""One queue, made or changed without a configuration being published: for set-up by programs."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.customers.names import clean_name
from cti_server.directory.tables import Queue
from cti_server.directory.users import DirectoryError, check_skills
from routing.document import ID
from routing.fragments import rules_of
from routing.problems import ConfigurationError
from routing.requirement import Requirement, skills_in
from routing.rules import QueueRules

_LONGEST = 3600


async def put_queue(
    session: AsyncSession,
    id_: str,
    *,
    name: Mapping[str, str],
    rules: Mapping[str, object],
    ring_seconds: int = 20,
    wrap_up_seconds: int = 60,
    short_abandon_seconds: int = 5,
    announce_seconds: int = 30,
    survey: bool = False,
) -> None:
    """Make the queue or give it these settings. `rules`: its entry in a routing configuration but for the rest here.

    Times in seconds up to an hour; `announce_seconds` 0 = never; `survey`: callers are asked how satisfied they are.
    """
    if not ID.fullmatch(id_):
        raise DirectoryError("bad_queue", "A queue's id is 1–64 of a–z, 0–9 and underscore, and starts with a letter.")
    names = {language: clean_name(text) for language, text in name.items()}
    if set(names) != {"zh", "en"} or not all(names.values()):
        raise DirectoryError("bad_name", "A queue has a name in zh and in en.")
    least = {"ring_seconds": (ring_seconds, 5), "wrap_up_seconds": (wrap_up_seconds, 0)}
    least |= {"short_abandon_seconds": (short_abandon_seconds, 0), "announce_seconds": (announce_seconds, 0)}
    for what, (seconds, lowest) in least.items():
        if not lowest <= seconds <= _LONGEST:
            raise DirectoryError("bad_time", f"{what} is {lowest} to {_LONGEST} seconds, not {seconds}.")
    try:
        asked = _skills_of(rules_of(id_, rules))
    except ConfigurationError as error:
        raise DirectoryError("bad_rules", str(error)) from None
    await check_skills(session, dict.fromkeys(asked, 1))
    row = await session.get(Queue, id_)
    if row is None:
        row = Queue(id=id_)
        session.add(row)
    row.name, row.rules, row.active = names, dict(rules), True
    row.ring_seconds, row.wrap_up_seconds = ring_seconds, wrap_up_seconds
    row.short_abandon_seconds, row.announce_seconds = short_abandon_seconds, announce_seconds
    row.survey = survey
    await session.flush()


def _skills_of(rules: QueueRules) -> frozenset[str]:
    steps = rules.relaxation
    asked: list[Requirement] = [rules.requirement, *(step.requirement for step in steps if step.requirement)]
    return frozenset().union(*map(skills_in, asked), *(step.drop for step in steps))
