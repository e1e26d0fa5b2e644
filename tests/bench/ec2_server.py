"""A loopback EC2 that answers DescribeInstances from pages rendered beforehand, so that only the client is measured.

It knows no filters: what a client asks for is recorded in `calls` and judged by the test.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from tests.bench.ec2_pages import Vm, page

PAGE = 1000  # EC2's maximum, and what it gives to those who ask for nothing
REGIONS = """<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><regionInfo>{}</regionInfo></DescribeRegionsResponse>"""
REGION = "<item><regionName>{0}</regionName><regionEndpoint>ec2.{0}.amazonaws.com</regionEndpoint></item>"
ERROR = (
    "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors><RequestID>r</RequestID></Response>"
)


@dataclass
class Ec2:
    """`answers` are the pages by region; `failing` the regions that refuse, with code and message."""

    answers: Mapping[str, Sequence[bytes]]
    failing: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    calls: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def answer(self, region: str, asked: dict[str, str]) -> tuple[int, bytes]:
        self.calls.append({"region": region, **asked})
        if region in self.failing:
            return 403, ERROR.format(*self.failing[region]).encode()
        if asked["Action"] == "DescribeRegions":
            return 200, REGIONS.format("".join(map(REGION.format, self.answers))).encode()
        return 200, self.answers[region][int(asked.get("NextToken", "0"))]


def pages(vms: Sequence[Vm], region: str) -> list[bytes]:
    starts = range(0, len(vms), PAGE) or [0]
    last = len(starts) - 1
    return [
        page(list(vms[start : start + PAGE]), region, str(n + 1) if n < last else None)
        for n, start in enumerate(starts)
    ]


@contextlib.contextmanager
def serving(vms: Mapping[str, Sequence[Vm]], failing: Mapping[str, tuple[str, str]] | None = None) -> Iterator[Ec2]:
    """Serve VMs by region until the block ends."""
    ec2 = Ec2({region: pages(listed, region) for region, listed in vms.items()}, failing or {})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/", self.headers.get("Authorization", ""))
            status, answer = ec2.answer(scope[1] if scope else "", dict(parse_qsl(body)))
            self.send_response(status)
            self.send_header("Content-Type", "text/xml;charset=UTF-8")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        ec2.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield ec2
        finally:
            server.shutdown()
            thread.join()
