"""What monitoring reads of the connectors."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from cti_server.connectors.breaker import State
from cti_server.connectors.connectors import Connectors
from cti_server.connectors.line import BOUNDS


class ConnectorsCollector(Collector):
    def __init__(self, connectors: Connectors) -> None:
        self._connectors = connectors

    @override
    def collect(self) -> Iterator[Metric]:
        calls = CounterMetricFamily(
            "cti_connector_calls", "Calls of flows to connectors", labels=["connector", "action", "result"]
        )
        seconds = HistogramMetricFamily("cti_connector_seconds", "How long they took", labels=["connector"])
        inside = GaugeMetricFamily("cti_connector_inside", "Calls under way or waiting", labels=["connector"])
        closed = GaugeMetricFamily("cti_connector_up", "0 while it is left alone", labels=["connector"])
        for name, line in self._connectors.lines.items():
            figures = line.figures
            for (action, result), count in figures.calls.items():
                calls.add_metric([name, action, result], count)
            seconds.add_metric([name], _cumulative(figures.buckets), figures.seconds)
            inside.add_metric([name], line.inside)
            closed.add_metric([name], int(line.state is State.CLOSED))
        yield from (calls, seconds, inside, closed)


def _cumulative(buckets: list[int]) -> list[tuple[str, float]]:
    bounds = [*(str(bound) for bound in BOUNDS), "+Inf"]
    return [(bound, sum(buckets[: place + 1])) for place, bound in enumerate(bounds)]
