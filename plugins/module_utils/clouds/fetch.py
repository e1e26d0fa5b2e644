# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON over HTTPS without an SDK, for price lists that are public or take a key. Retried where the other side asks for patience."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.urls import open_url

from ..model.error import CloudError
from .interface import USER_AGENT

ATTEMPTS = 8
LONGEST_PAUSE = 60.0  # seconds; also what a Retry-After may make us wait at most
TIMEOUT = 60.0
PASSES_BY = (429, 500, 502, 503, 504)

Fetch = Callable[[str], Mapping[str, Any]]


def fetch(
    url: str, cloud: str, headers: Mapping[str, str] | None = None, sleep: Callable[[float], None] = time.sleep
) -> Mapping[str, Any]:
    """The JSON object behind a URL. Raises CloudError, without the URL's query, in which a key may stand."""
    place = url.partition("?")[0]
    if not url.startswith(("https://", "http://127.0.0.1")):
        raise CloudError("failed", "only https is spoken with price lists", cloud, resource=place)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with open_url(url, headers=dict(headers or {}), timeout=TIMEOUT, http_agent=USER_AGENT) as answer:
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code not in PASSES_BY or attempt == ATTEMPTS:
                code = "throttled" if error.code == 429 else "not_authorized" if error.code in (401, 403) else "failed"
                raise CloudError(code, f"HTTP {error.code}: {_said(error)}", cloud, resource=place) from error
            sleep(_pause(error.headers.get("Retry-After", ""), attempt))
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
            if attempt == ATTEMPTS:
                raise CloudError("failed", f"no answer: {error}", cloud, resource=place) from error
            sleep(_pause("", attempt))
        except ValueError as error:
            raise CloudError(
                "failed", f"the answer is no JSON; check your proxy: {error}", cloud, resource=place
            ) from error
        else:
            if not isinstance(found, Mapping):
                raise CloudError("failed", "the answer is no JSON object; check your proxy", cloud, resource=place)
            return found
    raise AssertionError("the last attempt returns or raises")


def _pause(retry_after: str, attempt: int) -> float:
    return min(float(retry_after) if retry_after.isdigit() else 2.0**attempt, LONGEST_PAUSE)


def _said(error: urllib.error.HTTPError) -> str:
    return error.read(400).decode(errors="replace").strip() or str(error.reason)
