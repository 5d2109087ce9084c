"""Who may run when more functions are called, or more executions started, than two cores can run.

MiniStack would start a process for each call, and a laptop is no Lambda: a burst of forty joiners started two hundred, which
then starved one another. So calls of one function wait for one another from some number on, first come, first served; and while
a call waits of a function that reserves concurrency, no other begins: what is reserved is there, on AWS, whatever else runs.
A call that answers somebody waits for none but its own function's: they would give up while a burst drains. Of executions as
many have room as keep the cores busy.
"""

import collections
import contextlib
import os
import threading

# Executions under way: enough to keep every core busy while most of them wait for an answer.
EXECUTIONS_AT_ONCE = 16 * min(6, os.cpu_count() or 1)

# More at once than there are cores take turns, and each of their processes has to start and to warm up first.
AT_ONCE = min(6, (os.cpu_count() or 1) + 1)


class Turns:
    def __init__(self, is_reserved):
        self._is_reserved = is_reserved
        self._lock = threading.Lock()
        self._running = collections.Counter()
        # function → those who wait, each by what wakes it.
        self._answering, self._reserved, self._others = {}, {}, {}

    @contextlib.contextmanager
    def take(self, function, patience=None, answers=False):
        """Whether it may run; not, when its turn has not come after so many seconds. `answers`: an HTTP client waits for it."""
        turn = threading.Event()
        queues = self._reserved if self._is_reserved(function) else self._answering if answers else self._others
        with self._lock:
            queues.setdefault(function, collections.deque()).append(turn)
            self._wake()
        has_come = turn.wait(patience)
        if not has_come:
            with self._lock:
                # It may have come in between.
                has_come = turn.is_set()
                if not has_come:
                    queues[function].remove(turn)
                    if not queues[function]:
                        del queues[function]
                    self._wake()
        try:
            yield has_come
        finally:
            if has_come:
                with self._lock:
                    self._running[function] -= 1
                    self._wake()

    def _wake(self):
        for queues in (self._answering, self._reserved, self._others):
            for function in list(queues):
                while queues[function] and self._running[function] < AT_ONCE:
                    self._running[function] += 1
                    queues[function].popleft().set()
                if not queues[function]:
                    del queues[function]
            if queues is self._reserved and queues:
                return


class Room:
    """Room for so many at a time, first come, first served."""

    def __init__(self, size):
        self._lock = threading.Lock()
        self._free = size
        self._waiting = collections.deque()

    @contextlib.contextmanager
    def inside(self):
        self._enter()
        try:
            yield
        finally:
            self._leave()

    @contextlib.contextmanager
    def outside(self):
        """Of somebody inside who waits: others have the room meanwhile, and it waits for room again before it goes on."""
        self._leave()
        try:
            yield
        finally:
            self._enter()

    def _enter(self):
        turn = threading.Event()
        with self._lock:
            self._waiting.append(turn)
            self._wake()
        turn.wait()

    def _leave(self):
        with self._lock:
            self._free += 1
            self._wake()

    def _wake(self):
        while self._free > 0 and self._waiting:
            self._free -= 1
            self._waiting.popleft().set()
