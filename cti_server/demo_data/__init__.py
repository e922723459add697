"""A call center to try: three companies' queues, their agents, sixty customers, a month of conversations, callers."""

from cti_server.demo_data.callers import DEMO_CALLERS as DEMO_CALLERS
from cti_server.demo_data.callers import DEMO_NUMBERS as DEMO_NUMBERS
from cti_server.demo_data.callers import DemoCaller as DemoCaller
from cti_server.demo_data.callers import DemoNumber as DemoNumber
