"""The directory: users, agents and their skills, queues, and the lists agents choose from."""

from cti_server.directory.devices import SipDevice as SipDevice
from cti_server.directory.devices import sip_devices as sip_devices
from cti_server.directory.load import Term as Term
from cti_server.directory.load import dispositions as dispositions
from cti_server.directory.load import load_directory as load_directory
from cti_server.directory.load import not_ready_reasons as not_ready_reasons
from cti_server.directory.load import skills as skills
from cti_server.directory.users import DirectoryError as DirectoryError
from cti_server.directory.users import UserRecord as UserRecord
from cti_server.directory.users import change_password as change_password
from cti_server.directory.users import create_user as create_user
from cti_server.directory.users import find_user as find_user
from cti_server.directory.users import ha1 as ha1
from cti_server.directory.users import list_users as list_users
from cti_server.directory.users import softphone_ha1 as softphone_ha1
from cti_server.directory.users import verify as verify
