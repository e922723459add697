"""Cases (工单): what somebody asked of us, and what became of it. Opened by flows, agents and surveys."""

from cti_server.cases.listing import CaseBrief as CaseBrief
from cti_server.cases.listing import CaseItem as CaseItem
from cti_server.cases.listing import CursorError as CursorError
from cti_server.cases.listing import Filters as Filters
from cti_server.cases.listing import case_of_recording as case_of_recording
from cti_server.cases.listing import cases_of as cases_of
from cti_server.cases.listing import list_cases as list_cases
from cti_server.cases.listing import one_case as one_case
from cti_server.cases.records import CaseError as CaseError
from cti_server.cases.records import CaseRecord as CaseRecord
from cti_server.cases.records import close_case as close_case
from cti_server.cases.records import open_case as open_case
from cti_server.cases.records import open_count as open_count
from cti_server.cases.reported import ReportedCases as ReportedCases
from cti_server.cases.reported import open_reported as open_reported
from cti_server.cases.tables import KINDS as KINDS
from cti_server.cases.tables import Kind as Kind
