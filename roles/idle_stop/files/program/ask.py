"""Ask other programs and services, and never wait for them for longer than they deserve."""

from __future__ import annotations

import functools
import http.client
import json
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.request

#: Programs that did not even end when they were killed, by what they are: a driver that hangs holds them in the kernel.
_stuck: dict = {}
#: A file without a name. Not a pipe: what a program that hangs has in its hands must not hold us, too.
scratch = functools.partial(tempfile.TemporaryFile, "w+", errors="replace")
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Blind(Exception):
    """A sentence: something could not be seen."""


class Refused(Exception):
    """A sentence: somebody will not do what was asked."""


def program(*argv: str, seconds: float = 20, wanted: tuple = (0,)) -> str:
    """What a program says, without its complaints. Raises Blind where it fails, or does not end in time; it is then left to die."""
    stuck = _stuck.get(argv[0])
    if stuck is not None and stuck.poll() is None:
        raise Blind(f"{argv[0]} hangs since an earlier call and cannot be ended")
    with scratch() as said, scratch() as moaned:
        try:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=said, stderr=moaned)  # noqa: S603 - our own words
        except OSError as error:
            raise Blind(f"{argv[0]} cannot be run: {error.strerror}") from error
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            process.kill()
            _stuck[argv[0]] = process
            raise Blind(f"{argv[0]} did not answer within {seconds:g} s") from error
        for file in (said, moaned):
            file.seek(0)
        text, complaints = said.read().strip(), moaned.read().strip()
    if code not in wanted:
        raise Blind(f"{argv[0]} failed ({code}): {(complaints or text or 'without a word').splitlines()[0][:200]}")
    return text


def web(
    url: str,
    headers: dict,
    *,
    method: str = "GET",
    body: bytes | None = None,
    trust: ssl.SSLContext | None = None,
    direct: bool = True,
) -> str:
    """What a URL answers, as text. Raises Refused with the server's own words, Blind where there is no answer."""
    request = urllib.request.Request(url, data=body, headers=headers, method=method)  # noqa: S310 - http(s) only, see the callers
    opener = _direct if direct else urllib.request.build_opener()
    if trust is not None:
        handlers = [urllib.request.HTTPSHandler(context=trust)]
        opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if direct else []), *handlers)
    try:
        with opener.open(request, timeout=10) as answer:
            return answer.read(4 << 20).decode(errors="replace")
    except urllib.error.HTTPError as error:
        raise Refused(f"{url.split('?')[0]} answers {error.code}: {complaint(error)}") from error
    except OSError as error:
        raise Blind(f"{url.split('?')[0]} does not answer: {getattr(error, 'reason', error)}") from error
    except http.client.HTTPException as error:
        raise Blind(f"{url.split('?')[0]} does not answer in HTTP: {type(error).__name__} {error}") from error


def complaint(answer: urllib.error.HTTPError) -> str:
    """The sentence in an error of Azure's or of another JSON service; else the beginning of what was said."""
    try:
        text = answer.read(4096).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException):
        return "without a word"
    try:
        told = json.loads(text)
        error = told.get("error", told)
        return (
            str(error.get("message") or told.get("error_description"))
            if isinstance(error, dict)
            else f"{error}: {told.get('error_description', '')}"
        )
    except (ValueError, AttributeError):
        return text[:200] or "without a word"
