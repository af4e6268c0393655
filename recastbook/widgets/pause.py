"""Waiting for a moment of quiet: a slow answer follows a slider once it has stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["Pause"]


class Pause:
    """Call a function once nothing has asked for it for a while.

    In a kernel the call comes from its event loop; where none is running (scripts, tests) it comes at once.

    Parameters
    ----------
    seconds
        How long it must have been quiet.

    Examples
    --------
    >>> Pause(0.3)(lambda: print("now"))
    now
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self._action: Callable[[], object] | None = None

    def __call__(self, action: Callable[[], object]) -> None:
        """Ask for a call; one asked for before and not yet made is dropped."""
        self.cancel()
        self._action = action
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.settle()
        else:
            self._timer = loop.call_later(self.seconds, self.settle)

    @property
    def waiting(self) -> bool:
        """Whether a call is still to come."""
        return self._action is not None

    def settle(self) -> None:
        """Make the call that is waiting, if one is, now."""
        action = self._action
        self.cancel()
        if action is not None:
            action()

    def cancel(self) -> None:
        """Drop the call that is waiting."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._action = None, None
