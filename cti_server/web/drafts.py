"""What an agent has typed so far, so that no reload or crash loses it."""

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.interactions.tables import Interaction, InteractionDraft


async def save_draft(session: AsyncSession, interaction: str, agent: str, disposition: str, note: str) -> bool:
    """False when the interaction is not in the database yet (its first event was committed a moment ago)."""
    row = select(Interaction.id, literal(agent), literal(disposition), literal(note)).where(
        Interaction.id == interaction
    )
    statement = insert(InteractionDraft).from_select(["interaction_id", "agent_id", "disposition", "note"], row)
    done = await session.execute(
        statement.on_conflict_do_update(
            index_elements=["interaction_id", "agent_id"],
            set_={
                "disposition": statement.excluded.disposition,
                "note": statement.excluded.note,
                "saved_at": func.now(),
            },
        ).returning(InteractionDraft.interaction_id)
    )
    return done.scalar() is not None
