# An application in Python as its users write them: each handler takes exactly
# the one argument that an event has. It says what it got, one JSON value a line.
#
#	client.py URL TRANSPORTS
import json
import sys
import threading

import socketio

url, transports = sys.argv[1], sys.argv[2].split(",")
client = socketio.Client(reconnection=False)
heard = threading.Event()


def say(value):
    print(json.dumps(value), flush=True)


@client.on("message")
def message(activity):
    say({"event": activity})
    heard.set()


@client.on("schemas")
def schemas(registry):
    say({"schemas": sorted(p["id"] for p in registry["platforms"])})
    client.emit("message", failing)


client.connect(url, transports=transports, socketio_path="sockethub", wait_timeout=20)
echo = json.load(sys.stdin)
failing = dict(echo, type="fail")
say({"ack": client.call("message", echo, timeout=20)})
client.emit("schemas")  # no acknowledgement: the answer is an event
say({"heard": heard.wait(20)})
client.disconnect()
