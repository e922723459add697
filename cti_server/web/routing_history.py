"""Why an offer was made: for supervisors, of any offer the journal still tells of."""

from fastapi import APIRouter, Response

from cti_server.live.frames import json_bytes
from cti_server.routing_history.explained import explain_offer
from cti_server.routing_history.past import PastUnknownError
from cti_server.web.deps import Deps
from cti_server.web.errors import Problem
from cti_server.web.fields import Id
from cti_server.web.permissions import permission

router = APIRouter(prefix="/api/v1", tags=["routing"])


@router.get("/offers/{id_}/explanation", dependencies=[permission("interactions.all")])
async def explanation(id_: Id, deps: Deps) -> Response:
    """Decided again from the floor just before; texts in zh and en. Takes up to some seconds of a worker's time."""
    try:
        found = await deps.workers.run(explain_offer, deps.database_url, id_)
    except PastUnknownError as error:
        raise Problem("past_unknown", (error.text["zh"], error.text["en"])) from None
    except ConnectionError:
        raise Problem("database_away", headers={"Retry-After": "2"}) from None
    if found is None:
        raise Problem("not_found")
    return Response(json_bytes(found), media_type="application/json")
