"""What stands between the public and a telephone that rings: limits, and a form that a person filled in."""

from collections import OrderedDict
from collections.abc import Callable

from cti_server.visitors.pages import network_of
from cti_server.visitors.sites import Site
from cti_server.web.buckets import Buckets
from cti_server.web.errors import Problem
from cti_server.web.tokens import TokenError
from cti_server.web.visitor_tokens import FORM_SECONDS, Form, read_form

LEAST_MS = 1500
"""A person needs longer to fill in the form; a program has to wait as long for each request."""
_MOST_FORMS = 50_000
_HOUR = 3600


class Guard:
    """One per server. Everything is bounded and in memory; a restart forgives."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._looks = Buckets(120, 2.0, clock)
        self._hourly: dict[tuple[str, int], Buckets] = {}
        self._used: OrderedDict[str, float] = OrderedDict()

    def look(self, address: str) -> None:
        """Any question of a widget. Raises Problem `too_many_attempts`."""
        _refuse(self._looks.take(network_of(address)))

    def ask(self, site: Site, address: str, number: str) -> None:
        """A wish to be rung. Raises Problem `too_many_requests`."""
        for kind, per_hour, key in (
            ("address", site.per_address, (site.key, network_of(address))),
            ("number", site.per_number, (number, "")),
            ("site", site.per_site, (site.key, "")),
        ):
            buckets = self._hourly.get((kind, per_hour))
            if buckets is None:
                buckets = self._hourly[kind, per_hour] = Buckets(per_hour, per_hour / _HOUR, self._clock)
            _refuse(buckets.take(key), "too_many_requests")

    def filled_in(self, token: str, site: Site, key: bytes, now: int) -> Form:
        """The form was opened on this site, not just now, and was not sent before. Raises Problem `form_expired` or
        `form_too_fast`."""
        try:
            form = read_form(token, key, now)
        except TokenError:
            raise Problem("form_expired") from None
        if form.site != site.key or form.id in self._used:
            raise Problem("form_expired")
        if now - form.opened_at < LEAST_MS:
            raise Problem("form_too_fast", headers={"Retry-After": "2"})
        return form

    def use(self, form: Form) -> None:
        """It was sent: it is not good for another one."""
        now = self._clock()
        self._used[form.id] = now
        while self._used and (len(self._used) > _MOST_FORMS or next(iter(self._used.values())) < now - FORM_SECONDS):
            self._used.popitem(last=False)


def _refuse(wait: float, code: str = "too_many_attempts") -> None:
    if wait:
        raise Problem(code, headers={"Retry-After": str(int(wait) + 1)})
