#!/usr/bin/env python3
"""A platform for Sockethub in Python: it answers what it is told, and tells
everybody who is attached that it did.

It is complete and needs nothing but Python's standard library: put its path in
the list "platforms" of the server's config. The protocol that it speaks is
described in platform/PROTOCOL.md.
"""

import json
import sys
import threading

NAME = "echo-python"
CONTEXT_URL = "https://sockethub.org/ns/context/platform/" + NAME + "/v1.jsonld"

DESCRIPTION = {
    "type": "describe",
    "protocol": 1,
    "name": NAME,
    "version": "1.0.0",
    "contextUrl": CONTEXT_URL,
    "schemas": {
        "credentials": {
            "required": ["object"],
            "properties": {
                "object": {
                    "type": "object",
                    "required": ["type", "password"],
                    "properties": {
                        "type": {"enum": ["credentials"]},
                        "password": {"type": "string"},
                    },
                },
            },
        },
        "messages": {
            "required": ["type"],
            "properties": {"type": {"enum": ["connect", "echo", "fail"]}},
        },
    },
    # A worker for each actor: only such platforms can send events.
    "persist": True,
    "verbs": {
        "connect": {"credentials": True},
        "echo": {"idempotent": True},
        "fail": {},
    },
    "ports": [],  # it connects to nothing
}

ME = {"id": NAME, "type": "platform"}


class Worker:
    def __init__(self):
        self.lock = threading.Lock()  # a frame must not be written into another
        self.stopping = threading.Event()
        self.password = None  # set once connected
        self.echoes = 0

    def write(self, frame):
        line = json.dumps(frame, separators=(",", ":"))
        with self.lock:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def log(self, level, text):
        """level: 3 error, 4 warning, 6 information, 7 debug."""
        print("<%d>%s" % (level, text), file=sys.stderr, flush=True)

    def heartbeats(self, seconds):
        while not self.stopping.wait(seconds):
            self.write({"type": "heartbeat"})

    def hello(self, frame):
        if frame["protocol"] != 1:
            self.log(3, "the server speaks another protocol")
            sys.exit(1)
        if frame.get("heartbeatMs"):
            threading.Thread(target=self.heartbeats, args=(frame["heartbeatMs"] / 1000,), daemon=True).start()
        self.write({"type": "ready"})

    def job(self, frame):
        result = {"type": "result", "id": frame["id"]}
        try:
            activity = self.do(frame)
        except ValueError as error:
            result["error"] = "Error: %s" % error
        result["initialized"] = self.password is not None
        if "error" not in result:
            result["activity"] = activity
        self.write(result)

    def do(self, frame):
        activity = frame["activity"]
        verb = activity["type"]
        if verb == "connect":
            self.password = frame["credentials"]["object"]["password"]
            return activity
        if verb == "echo":
            self.echoes += 1
            self.write({
                "type": "event",
                "activity": {
                    "@context": activity["@context"],
                    "type": "echo",
                    "actor": ME,
                    "object": {"type": "message", "content": "echo %d" % self.echoes},
                },
            })
            activity["target"] = activity["actor"]
            activity["actor"] = ME
            return activity
        raise ValueError(activity.get("object", {}).get("content", "no reason"))

    def run(self):
        for line in sys.stdin:  # ends when the server does
            frame = json.loads(line)
            kind = frame["type"]
            if kind == "describe":
                self.write(DESCRIPTION)
            elif kind == "hello":
                self.hello(frame)
            elif kind == "job":
                self.job(frame)
            elif kind == "stop":
                break
            # "cancel" and "detach" mean nothing to a platform whose jobs take no
            # time and that remembers no session. Unknown types are for later
            # versions of the protocol.
        self.stopping.set()


Worker().run()
