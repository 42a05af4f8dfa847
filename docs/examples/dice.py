#!/usr/bin/env python3
"""A platform that throws dice. Put its path into the server's settings:

    {"platforms": ["feeds", "irc", "./dice.py"], "packageConfig": {"dice": {"sides": 6}}}

and send {"@context": sc.contextFor("dice"), "type": "throw", "actor": …, "object": {"type": "dice", "count": 2}}.
See platform/PROTOCOL.md.
"""

import json
import random
import sys

DESCRIPTION = {
    "type": "describe",
    "protocol": 1,
    "name": "dice",
    "version": "1.0.0",
    "contextUrl": "https://sockethub.org/ns/context/platform/dice/v1.jsonld",
    "schemas": {
        "messages": {
            "required": ["type", "object"],
            "properties": {
                "type": {"enum": ["throw"]},
                "object": {
                    "type": "object",
                    "required": ["type", "count"],
                    "properties": {
                        "type": {"enum": ["dice"]},
                        "count": {"type": "integer", "minimum": 1, "maximum": 100},
                    },
                },
            },
        },
    },
    "verbs": {"throw": {"idempotent": True}},
    "heartbeat": False,  # it does one thing at a time, and never for long
    "concurrency": 1,
    "ports": [],
}


def write(frame):
    print(json.dumps(frame), flush=True)


sides = 6
for line in sys.stdin:
    frame = json.loads(line)
    if frame["type"] == "describe":
        write(DESCRIPTION)
    elif frame["type"] == "hello":
        sides = frame["config"].get("sides", 6)
        write({"type": "ready"})
    elif frame["type"] == "job":
        activity = frame["activity"]
        thrown = [random.randint(1, sides) for _ in range(activity["object"]["count"])]
        activity["object"]["thrown"] = thrown
        write({"type": "result", "id": frame["id"], "activity": activity})
    elif frame["type"] == "stop":
        break
