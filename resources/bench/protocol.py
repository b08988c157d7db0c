"""What the programs beside Foresight have in common: how they are asked, and how they read what they are given.

`foresight bench compare` starts one program a library. It asks with one JSON object a line on standard input and is answered
with one a line on what was standard output when the program began:

    {"id", "do": "hello"}                       {"id", "ok": {"version", "threads"}}
    {"id", "do": "open", "row", "problem"}      {"id", "ok": {"results": {name: [numbers]}}}   compiled; what it computes, to be compared
    {"id", "do": "go", "row", "ms", "least"}    {"id", "ok": {"ms": [numbers]}}                a call's units, each
    {"id", "do": "close", "row"}                {"id", "ok": {}}

or {"id", "error": "a sentence"}. Between the questions a program waits and computes nothing. When standard input ends, the
program and all that it started end, in the middle of whatever they are doing.
"""

import gc
import json
import math
import os
import queue
import signal
import struct
import sys
import threading
import time

import numpy as np


class Problem:
    """A safetensors file: `spec`, what is to be done, and float32 arrays by name."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        (length,) = struct.unpack_from("<Q", data)
        entries = json.loads(data[8 : 8 + length])
        self.spec = json.loads(entries.pop("__metadata__")["spec"])
        self.arrays = {}
        for name, entry in entries.items():
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            values = np.frombuffer(data[begin:end], dtype=np.float32)
            self.arrays[name] = values.reshape(entry["shape"]).copy()

    def __getitem__(self, name):
        return self.arrays[name]

    @property
    def layers(self):
        """Layers of the model's network, the last one included."""
        return sum(name.startswith("layer") and name.endswith("/kernel") for name in self.arrays)


class Row:
    """One row of the table, ready to be timed."""

    def __init__(self, call, units=1, results=None):
        self.call = call  # blocks until everything is computed
        self.units = units  # steps in one call
        self.results = results or {}

    def go(self, ms, least):
        self.call()
        taken = []
        gc.disable()
        try:
            until = time.perf_counter() + ms / 1000
            while len(taken) < least or time.perf_counter() < until:
                began = time.perf_counter()
                self.call()
                taken.append((time.perf_counter() - began) * 1000 / self.units)
        finally:
            gc.enable()
        return taken


def _numbers(array):
    flat = np.asarray(array, dtype=np.float64).reshape(-1)
    return [value if math.isfinite(value) else None for value in flat.tolist()]


def _end_with_input(lines):
    for line in sys.stdin:
        lines.put(line)
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # helpers of a compiler, too
    os._exit(0)


def serve(hello, open_row):
    """Answers until standard input ends.

    hello: () -> dict. open_row: Problem -> Row.
    """
    if hasattr(os, "setpgrp") and os.getpgrp() != os.getpid():
        os.setpgrp()  # so that helpers of a compiler end with this program; Ctrl-C is for whoever asks
    # Only answers go there: whatever a library prints goes where errors go.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    lines = queue.Queue()
    threading.Thread(target=_end_with_input, args=(lines,), daemon=True).start()
    rows = {}
    while True:
        asked = json.loads(lines.get())
        try:
            if asked["do"] == "hello":
                ok = hello()
            elif asked["do"] == "open":
                row = rows[asked["row"]] = open_row(Problem(asked["problem"]))
                ok = {"results": {name: _numbers(array) for name, array in row.results.items()}}
            elif asked["do"] == "go":
                ok = {"ms": rows[asked["row"]].go(asked["ms"], asked["least"])}
            else:
                rows.pop(asked["row"], None)
                gc.collect()
                ok = {}
            answer = {"id": asked["id"], "ok": ok}
        except Exception as error:
            text = str(error).strip().splitlines() or [""]
            answer = {"id": asked["id"], "error": f"{type(error).__name__}: {text[0][:300]}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
