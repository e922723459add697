"""The database of these tests."""

from tests.rig.postgres import database as database
from tests.rig.postgres import postgres as postgres
