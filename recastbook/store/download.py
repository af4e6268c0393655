"""Downloading over HTTP, going on where an earlier attempt stopped."""

from __future__ import annotations

import json
import logging
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from recastbook.exceptions import BadOption, MissingData

__all__ = ["Unreachable", "download"]

log = logging.getLogger(__name__)

_BLOCK = 1 << 16
_TIMEOUT = (15.0, 60.0)  # to connect, and between two pieces, in seconds
_ROOM = 64 << 20  # bytes that are left free on the disk


class Unreachable(MissingData):
    """An address did not give the file."""


def download(
    url: str, part: Path, *, size: int | None = None, attempts: int = 3, wait: float = 1.0, progress: bool = False
) -> bool:
    """Fetch an address into a file, going on with what the file holds already.

    A server that cannot go on in the middle, or has another version by now, sends the whole again. What has arrived
    stays when the connection breaks.

    Parameters
    ----------
    url
        Public address (http, https, ftp or doi).
    part
        The file to fill.
    size
        Length that the file must get, if it is known.
    attempts
        How often a failing connection is tried.
    wait
        Pause after the first failure in seconds, doubled after each.
    progress
        Whether to show a bar.

    Returns
    -------
    bool
        Whether any of it came from an earlier attempt; what was joined is for the caller to check.

    Raises
    ------
    BadOption
        If it is no address that can be fetched.
    Unreachable
        If it does not give the file.
    """
    scheme = urlsplit(url).scheme.lower()
    if scheme not in ("http", "https"):
        _by_pooch(url, part, progress=progress)
        return False
    import requests

    joined = part.exists() and part.stat().st_size > 0
    reason: Exception | None = None
    for attempt in range(max(1, attempts)):
        if attempt:
            time.sleep(wait * 2 ** (attempt - 1))
        try:
            _continue(url, part, size=size, progress=progress)
        except requests.exceptions.HTTPError as error:
            reason = error
            if error.response is not None and error.response.status_code in (401, 403, 404, 410):
                break  # asking again gives the same
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            message = f"{url!r} is not an address that can be fetched ({error})"
            raise BadOption(message) from error
        except (requests.exceptions.RequestException, OSError) as error:
            reason = error
        else:
            return joined
        log.info("attempt %d to fetch %s failed: %s", attempt + 1, url, reason)
        joined = joined or (part.exists() and part.stat().st_size > 0)
    message = f"{url} ({type(reason).__name__}: {_short(reason)})"
    raise Unreachable(message) from reason


def _continue(url: str, part: Path, *, size: int | None, progress: bool) -> None:
    import requests

    held = part.stat().st_size if part.exists() else 0
    if size is not None and held == size:
        return
    headers = {"Accept-Encoding": "identity"}
    if held:
        headers["Range"] = f"bytes={held}-"
        version = _version_of(part, url)
        if version:
            headers["If-Range"] = version
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
        if answer.status_code == 416 and held and _total(answer.headers) == held:
            return  # it was complete already
        if answer.status_code == 416:
            part.unlink(missing_ok=True)
            message = "what arrived earlier does not fit the file any more; starting again"
            raise OSError(message)
        answer.raise_for_status()
        start = held if answer.status_code == 206 and _start(answer.headers) == held else 0
        if answer.status_code == 206 and start != held:
            part.unlink(missing_ok=True)
            message = f"asked for the bytes from {held} on and got those from {_start(answer.headers)} on"
            raise OSError(message)
        coming = int(answer.headers.get("Content-Length") or 0)
        whole = start + coming if coming and "Content-Encoding" not in answer.headers else None
        if size is not None and whole is not None and whole != size:
            message = f"{url} ({whole} bytes, {size} are expected)"
            raise Unreachable(message)
        _check_room(part, coming, url)
        _note_version(part, url, answer.headers)
        with part.open("ab" if start else "wb") as stream, _bar(part.name, start, whole, show=progress) as bar:
            for block in answer.iter_content(_BLOCK):
                stream.write(block)
                bar.update(len(block))
                if size is not None and stream.tell() > size:
                    message = f"{url} (more than the {size} bytes that are expected)"
                    raise Unreachable(message)


def _start(headers: Mapping[str, str]) -> int:
    found = re.match(r"bytes (\d+)-", headers.get("Content-Range", ""))
    return int(found[1]) if found else -1


def _total(headers: Mapping[str, str]) -> int:
    found = re.search(r"/(\d+)$", headers.get("Content-Range", ""))
    return int(found[1]) if found else -1


# ---- the version of the file that the first bytes came from


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _note_version(part: Path, url: str, headers: Mapping[str, str]) -> None:
    tag = headers.get("ETag", "")
    version = headers.get("Last-Modified", "") if not tag or tag.startswith("W/") else tag
    _note(part).write_text(json.dumps({"url": url, "version": version}), encoding="utf-8")


def _version_of(part: Path, url: str) -> str:
    """Return what the server called the version, if the first bytes came from this address."""
    try:
        noted = json.loads(_note(part).read_text(encoding="utf-8"))
        return str(noted["version"]) if noted["url"] == url else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _check_room(part: Path, coming: int, url: str) -> None:
    free = shutil.disk_usage(part.parent).free
    if coming + _ROOM > free:
        message = f"{url} ({coming} bytes do not fit on the disk of {part.parent}, which has {free} free)"
        raise Unreachable(message)


@contextmanager
def _bar(name: str, start: int, whole: int | None, *, show: bool) -> Iterator[Any]:
    from tqdm import tqdm

    title = name.removeprefix(".").split(".part")[0]
    stream: IO[str] = sys.stderr
    with tqdm(
        total=whole, initial=start, desc=title, unit="B", unit_scale=True, disable=not show, file=stream, delay=0.5
    ) as bar:
        yield bar


def _by_pooch(url: str, part: Path, *, progress: bool) -> None:
    """Fetch what is not HTTP (doi:, ftp:) with pooch, which cannot go on in the middle."""
    import pooch

    try:
        pooch.downloaders.choose_downloader(url, progressbar=progress)(url, str(part), None)
    except ValueError as error:  # no downloader for that protocol
        message = f"{url!r} is not an address that can be fetched ({error})"
        raise BadOption(message) from error
    except OSError as error:  # errors of requests and ftplib are among them
        message = f"{url} ({type(error).__name__}: {_short(error)})"
        raise Unreachable(message) from error


def _short(error: Exception | None) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 160 else text[:157] + "..."
