"""The demo's three companies have systems of their own: outages and bills, repair orders, policies. This plays them.

A separate process with its own port, token and file. The call center knows it only through its connectors, as it would
know a company's real system.
"""

from cti_server.demo_data.back_office.token import back_office_token as back_office_token
