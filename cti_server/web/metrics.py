"""What monitoring reads, taken from the replica when it asks: nothing is counted beside a call."""

from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from cti_server.live import Hub


class FloorCollector(Collector):
    def __init__(self, hub: Hub, journal_state: Callable[[], str]) -> None:
        self._hub = hub
        self._journal_state = journal_state

    @override
    def collect(self) -> Iterator[Metric]:
        hub, floor = self._hub, self._hub.floor
        waiting = GaugeMetricFamily("cti_queue_waiting", "Contacts that wait with no live offer", labels=["queue"])
        for queue in floor.queues.values():
            waiting.add_metric([queue.config.queue], queue.waiting)
        yield waiting
        interactions = GaugeMetricFamily("cti_interactions", "Live interactions", labels=["state"])
        for state, count in Counter(one.state.value for one in floor.interactions.values()).items():
            interactions.add_metric([state], count)
        yield interactions
        agents = GaugeMetricFamily("cti_agents", "Agents", labels=["state"])
        for state, count in Counter(one.state.value for one in floor.agents.values()).items():
            agents.add_metric([state], count)
        yield agents
        connections = GaugeMetricFamily("cti_live_connections", "Open live websockets", labels=["audience"])
        for audience, count in hub.connections.items():
            connections.add_metric([audience], count)
        yield connections
        cut = CounterMetricFamily("cti_live_closed", "Live websockets closed by us, by close code", labels=["code"])
        for code, count in hub.cut.items():
            cut.add_metric([str(int(code))], count)
        yield cut
        yield CounterMetricFamily("cti_live_deliveries", "Writes to live websockets", value=hub.deliveries)
        yield CounterMetricFamily("cti_events", "Events of the floor", value=floor.seq)
        yield GaugeMetricFamily("cti_pbx_up", "1 when the telephone system is connected", value=int(floor.pbx_up))
        state = self._journal_state()
        journal = GaugeMetricFamily("cti_journal_state", "1 for where events are written now", labels=["state"])
        for name in ("postgres", "spooling"):
            journal.add_metric([name], int(state == name))
        yield journal


def register(registry: CollectorRegistry, hub: Hub, journal_state: Callable[[], str]) -> None:
    registry.register(FloorCollector(hub, journal_state))
