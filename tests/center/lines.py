"""A line to a center that answers over HTTP."""

from collections.abc import Callable
from dataclasses import dataclass

import requests

from app.base.clock import SECOND
from app.sync.protocol import EXCHANGE_PATH, MEDIA_TYPE, ExchangeRequest, ExchangeResponse, Problem, pack, unpack
from app.sync.signing import sign
from tests.center.points import Point
from tests.clocks import START


@dataclass
class Line:
    """A keep-alive connection to the center, speaking for one point."""

    url: str
    session: requests.Session

    def post(self, point: Point, body: bytes, *, path: str = EXCHANGE_PATH, **headers: str) -> requests.Response:
        signed = sign(point.sign_key, point.device, "POST", path, body, START // SECOND)
        sent = {"Content-Type": MEDIA_TYPE, **signed, **headers}
        return self.session.post(self.url + path, data=body, headers=sent, timeout=30)

    def answer(self, point: Point) -> Callable[[ExchangeRequest], ExchangeResponse]:
        def ask(request: ExchangeRequest) -> ExchangeResponse:
            response = self.post(point, pack(request, 10))
            assert response.status_code == 200, problem(response)
            return unpack(response.content, ExchangeResponse)

        return ask


def problem(response: requests.Response) -> Problem:
    assert response.headers["content-type"] == MEDIA_TYPE
    return unpack(response.content, Problem)
