# What Debian's python3-socketio sees over the transport argv[2] of the server
# argv[1]: as client.cjs does. Its handlers take exactly the arguments that an
# event has: one more would break them.
import sys
import threading
import traceback

import socketio

url, transports = sys.argv[1], sys.argv[2].split(",")
PATIENCE = 30


class Client:
    def __init__(self, namespaces=("/",), auth=None):
        self.io = socketio.Client(reconnection=False)
        self.heard = threading.Event()
        self.args = None
        self.io.on("said", self.said)
        self.io.on("asked", self.asked)
        self.io.connect(url, transports=transports, namespaces=list(namespaces), auth=auth, wait_timeout=PATIENCE)

    def said(self, one):
        self.args = one
        self.heard.set()

    def asked(self, what):
        return "you asked", what

    def ask(self, event, data=None, namespace="/"):
        return self.io.call(event, data, namespace=namespace, timeout=PATIENCE)


def events(c):
    c.io.emit("say", {"a": [1, None, "é😀"]})
    assert c.heard.wait(PATIENCE), "no event came"
    assert c.args == {"a": [1, None, "é😀"]}, c.args


def acks(c):
    assert c.ask("echo", "x") == "x"
    assert c.ask("echo", ("x", 1)) == ("x", 1)
    assert c.ask("ask", 7) == ("you asked", 7)


def binary(c):
    assert c.ask("echo", {"b": b"\x00\x1e\xff"}) == {"b": b"\x00\x1e\xff"}
    c.io.emit("say", b"bytes")
    assert c.heard.wait(PATIENCE), "no event came"
    assert c.args == b"bytes", c.args


def auth(c):
    assert c.ask("auth?") == {"token": "x"}


def namespaces(c):
    assert c.ask("name?") == "/"
    other = Client(namespaces=("/", "/chat", "/room-1"))
    assert other.ask("name?", namespace="/chat") == "/chat"
    assert other.ask("name?", namespace="/room-1") == "/room-1"
    other.io.disconnect()


def refusal(c):
    refused, why = threading.Event(), []
    other = socketio.Client(reconnection=False)

    def connect_error(data):
        why.append(data)
        refused.set()

    other.on("connect_error", connect_error, namespace="/locked")
    other.connect(url, transports=transports, namespaces=["/locked"], wait=False)
    assert refused.wait(PATIENCE), "no refusal came"
    assert why == [{"message": "wrong key", "data": {"hint": "brass"}}], why
    other.disconnect()


def transport(c):
    assert c.ask("transport?") == transports[-1] == c.io.transport()


for check in (events, acks, binary, auth, namespaces, refusal, transport):
    try:
        client = Client(auth={"token": "x"})
        check(client)
        client.io.disconnect()
        print("ok", check.__name__, flush=True)
    except Exception:
        print("not ok", check.__name__ + ":", traceback.format_exc().replace("\n", " | "), flush=True)
