package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/testdata/peer"
)

// network is a way to a server that can be cut.
type network struct {
	url    string
	target string

	mu    sync.Mutex // guards the fields below
	cut   bool
	conns map[net.Conn]bool
}

func (s *server) network() *network {
	s.t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	n := &network{url: "http://" + l.Addr().String(), target: u.Host, conns: make(map[net.Conn]bool)}
	var pipes sync.WaitGroup
	pipes.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			pipes.Go(func() { n.pipe(c) })
		}
	})
	s.t.Cleanup(func() {
		l.Close()
		n.sever()
		pipes.Wait()
	})
	return n
}

// pipe passes bytes both ways until one end or the network is gone.
func (n *network) pipe(client net.Conn) {
	defer client.Close()
	server, err := net.DialTimeout("tcp", n.target, time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	n.mu.Lock()
	if n.cut {
		n.mu.Unlock()
		return
	}
	n.conns[client], n.conns[server] = true, true
	n.mu.Unlock()
	var back sync.WaitGroup
	back.Go(func() {
		io.Copy(client, server)
		client.Close()
	})
	io.Copy(server, client)
	server.Close()
	back.Wait()
	n.mu.Lock()
	delete(n.conns, client)
	delete(n.conns, server)
	n.mu.Unlock()
}

// sever ends all connections, and lets none through until mend.
func (n *network) sever() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = true
	for c := range n.conns {
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
}

func (n *network) mend() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = false
}

// A socket.io-client whose network was gone has its session again: its id, its
// connection on the platform, its credentials, and what happened meanwhile.
func TestRecoveryOfTheRealClient(t *testing.T) {
	path, err := filepath.Abs("../platforms/echo.sh")
	if err != nil {
		t.Fatal(err)
	}
	for name, environment := range backends(t) {
		for transport, options := range map[string]map[string]any{"websocket": transports["websocket"], "polling": transports["polling"]} {
			t.Run(name+" over "+transport, func(t *testing.T) {
				s := startServer(t, withStore(map[string]any{"platforms": []string{"dummy", path}}), environment...)
				n := s.network()
				all := startClients(t)
				back := map[string]any{"reconnection": true, "reconnectionDelay": 50, "reconnectionDelayMax": 100, "auth": map[string]any{"recovery": true}}
				for k, v := range options {
					back[k] = v
				}
				lost := all.connect("lost", n.url, back)
				other := all.connect("other", s.url, transports["websocket"])
				for _, c := range []*client{lost, other} {
					c.mustEmit("credentials", shell("credentials", "acorn"))
					c.mustEmit("message", shell("connect", ""))
				}
				other.mustEmit("message", shell("echo", "before"))
				lost.message("echo", "before")

				n.sever()
				lost.event("disconnect")
				for _, text := range []string{"one", "two", "three"} {
					other.mustEmit("message", shell("echo", text))
				}
				n.mend()
				var again struct{ Recovered bool }
				if err := json.Unmarshal(lost.eventOnly("reconnected").Args[0], &again); err != nil || !again.Recovered {
					t.Errorf("recovered: %v, %v", again.Recovered, err)
				}
				for _, text := range []string{"one", "two", "three"} {
					lost.message("echo", text)
				}
				lost.mustEmit("message", shell("echo", "after"))
				lost.mustEmit("message", shell("connect", "")) // its credentials are still stored
				if pids := s.workers("echo-shell"); len(pids) != 1 {
					t.Errorf("workers %v, want the one of before", pids)
				}
			})
		}
	}
}

// shell is an activity for the platform in shell.
func shell(verb, text string) map[string]any {
	a := map[string]any{
		"@context": contexts("echo-shell"), "type": verb,
		"actor": map[string]any{"id": "wren@hedge.test", "type": "person"},
	}
	switch verb {
	case "credentials":
		a["object"] = map[string]any{"type": "credentials", "password": text}
	case "echo":
		a["object"] = map[string]any{"type": "message", "content": text}
	}
	return a
}

func (cl *client) mustEmit(event string, activity map[string]any) {
	cl.all.t.Helper()
	if got := cl.emit(event, activity); got["error"] != nil {
		cl.all.t.Fatalf("%s %v: %v", event, activity["type"], got)
	}
}

// message waits for an event with a result that has this type and content.
func (cl *client) message(kind, content string) {
	cl.all.t.Helper()
	for {
		var a struct {
			Type   string
			Object struct{ Content string }
		}
		if err := json.Unmarshal(cl.eventOnly("message").Args[0], &a); err != nil {
			cl.all.t.Fatal(err)
		}
		if a.Type == kind && a.Object.Content == content {
			return
		}
	}
}

// eventOnly is event, but leaves what comes before it for later calls.
func (cl *client) eventOnly(name string) report {
	cl.all.t.Helper()
	var others []report
	defer func() {
		for _, r := range others {
			cl.events <- r
		}
	}()
	for {
		r := receive(cl.all.t, cl.events, "the event "+name)
		if r.Event == name {
			return r
		}
		others = append(others, r)
	}
}

// A program in Python, whose handlers take one argument and no more.
func TestPythonProgram(t *testing.T) {
	python := peer.Program(t, "python3")
	wanted := func() error {
		return exec.Command(python, "-I", "-c", "import socketio, requests, websocket").Run()
	}
	if wanted() != nil {
		python = "/usr/bin/python3" // Debian's, where another comes first
	}
	if err := wanted(); err != nil {
		peer.Missing(t, "python3-socketio, python3-requests or python3-websocket is not installed: "+err.Error())
	}
	s := startServer(t, withStore(map[string]any{"platforms": []string{"dummy"}}))
	for _, transport := range []string{"polling", "websocket", "polling,websocket"} {
		t.Run(transport, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), python, "-I", "client.py", s.url, transport)
			text, err := json.Marshal(dummy("echo", "hello"))
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stdin = bytes.NewReader(text)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("client.py: %v\n%s", err, out)
			}
			var said []map[string]any
			for line := range strings.Lines(string(out)) {
				var v map[string]any
				if err := json.Unmarshal([]byte(line), &v); err != nil {
					t.Fatalf("%q: %v", line, err)
				}
				said = append(said, v)
			}
			if len(said) != 4 {
				t.Fatalf("the client said %s", out)
			}
			if a, _ := said[0]["ack"].(map[string]any); a["type"] != "echo" || a["error"] != nil {
				t.Errorf("acknowledgement %v", a)
			}
			if !reflect.DeepEqual(said[1]["schemas"], []any{"dummy"}) {
				t.Errorf("schemas %v", said[1])
			}
			if a, _ := said[2]["event"].(map[string]any); a["error"] != "Error: hello" {
				t.Errorf("event %v", a)
			}
		})
	}
}
