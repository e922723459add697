"""Customers: their numbers, who is calling, finding them, their records."""

from cti_server.customers.identify import Identification as Identification
from cti_server.customers.names import clean_name as clean_name
from cti_server.customers.names import sounds as sounds
from cti_server.customers.numbers import Home as Home
from cti_server.customers.numbers import Number as Number
from cti_server.customers.numbers import normalise as normalise
from cti_server.customers.numbers import shown as shown
from cti_server.customers.places import Places as Places
