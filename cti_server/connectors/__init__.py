"""What flow steps ask: a company's systems over HTTP, our own customers and cases, all with one contract."""

from cti_server.connectors.cases import CasesSource as CasesSource
from cti_server.connectors.connectors import Connectors as Connectors
from cti_server.connectors.customers import CustomersSource as CustomersSource
from cti_server.connectors.loading import load as load
from cti_server.connectors.metrics import ConnectorsCollector as ConnectorsCollector
from cti_server.connectors.values import ConnectorError as ConnectorError
from cti_server.connectors.values import Kind as Kind
from cti_server.connectors.values import Scalar as Scalar
from cti_server.connectors.values import Signature as Signature
from cti_server.connectors.values import Why as Why
