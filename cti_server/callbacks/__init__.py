"""Ringing customers back: what may be dialled, and which times can be promised. The rules themselves: `floor`."""

from cti_server.callbacks.do_not_call import load_numbers as load_numbers
from cti_server.callbacks.policy import TRUNK as TRUNK
from cti_server.callbacks.policy import dial_policy as dial_policy
from cti_server.callbacks.policy import dialable as dialable
from cti_server.callbacks.slots import Slot as Slot
from cti_server.callbacks.slots import free_slots as free_slots
from cti_server.callbacks.slots import slots_to_offer as slots_to_offer
