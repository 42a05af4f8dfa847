package e2e

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/testdata/peer"
)

// patience is how long a test waits for anything before it fails.
const patience = 20 * time.Second

// library is what speaks Socket.IO for the tests: all of them pass with either.
var library = flag.String("client", "socket.io-client", `npm's package, or "ours" for the script that the server hands out`)

// clients is a process of real socket.io-clients, driven by lines of JSON.
type clients struct {
	t    *testing.T
	next atomic.Uint64

	mu      sync.Mutex
	in      *json.Encoder
	waiting map[uint64]chan report
	clients map[string]*client
}

// client is one of them.
type client struct {
	all    *clients
	name   string
	events chan report // what the server sent by itself, and disconnects
}

type report struct {
	ID     uint64            `json:"id"`
	OK     json.RawMessage   `json:"ok"`
	Error  string            `json:"error"`
	Client string            `json:"client"`
	Event  string            `json:"event"`
	Args   []json.RawMessage `json:"args"`
}

func startClients(t *testing.T) *clients {
	t.Helper()
	node, _ := peer.Node(t)
	cmd := exec.Command(node, "client.cjs")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &clients{t: t, in: json.NewEncoder(in), waiting: make(map[uint64]chan report), clients: make(map[string]*client)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 8<<20)
		for lines.Scan() {
			c.report(lines.Bytes())
		}
	}()
	t.Cleanup(func() {
		in.Close()
		<-read
		cmd.Wait()
	})
	return c
}

func (c *clients) report(line []byte) {
	var r report
	if err := json.Unmarshal(line, &r); err != nil {
		c.t.Errorf("the clients said %q: %v", line, err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.ID == 0 {
		c.clients[r.Client].events <- r
		return
	}
	c.waiting[r.ID] <- r
}

// command sends one and returns where its reports will arrive.
func (c *clients) command(replies int, fields map[string]any) chan report {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.next.Add(1)
	fields["id"] = id
	ch := make(chan report, replies+16)
	c.waiting[id] = ch
	if err := c.in.Encode(fields); err != nil {
		c.t.Errorf("command the clients: %v", err)
	}
	return ch
}

// connect opens a client called name. Options are those of socket.io-client.
func (c *clients) connect(name, url string, options map[string]any) *client {
	c.t.Helper()
	return c.connectWith(*library, name, url, options)
}

func (c *clients) connectWith(pkg, name, url string, options map[string]any) *client {
	c.t.Helper()
	cl := &client{all: c, name: name, events: make(chan report, 10000)}
	c.mu.Lock()
	c.clients[name] = cl
	c.mu.Unlock()
	with := map[string]any{"path": "/sockethub"}
	for k, v := range options {
		with[k] = v
	}
	r := receive(c.t, c.command(1, map[string]any{"op": "connect", "client": name, "package": pkg, "url": url, "options": with}), "the connection of "+name)
	if r.Error != "" {
		c.t.Fatalf("connect %s: %s", name, r.Error)
	}
	return cl
}

// emit sends an event and returns the first argument of its acknowledgement.
func (cl *client) emit(event string, args ...any) map[string]any {
	cl.all.t.Helper()
	return ack(cl.all.t, receive(cl.all.t, cl.start(1, event, args...), fmt.Sprintf("the acknowledgement of %s %v", event, args)))
}

// start sends an event times times and returns where the acknowledgements arrive.
func (cl *client) start(times int, event string, args ...any) chan report {
	if args == nil {
		args = []any{}
	}
	return cl.all.command(times, map[string]any{"op": "emit", "client": cl.name, "event": event, "args": args, "ack": true, "times": times})
}

// event waits for what the server sends by itself.
func (cl *client) event(name string) report {
	cl.all.t.Helper()
	for {
		if r := receive(cl.all.t, cl.events, "the event "+name); r.Event == name {
			return r
		}
	}
}

func receive(t *testing.T, ch chan report, what string) report {
	t.Helper()
	select {
	case r := <-ch:
		return r
	case <-time.After(patience):
		t.Fatalf("waited %v for %s", patience, what)
		return report{}
	}
}

func ack(t *testing.T, r report) map[string]any {
	t.Helper()
	body, err := r.body()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// body is the only argument of an acknowledgement.
func (r report) body() (map[string]any, error) {
	if r.Error != "" {
		return nil, fmt.Errorf("emit: %s", r.Error)
	}
	var args []any
	if err := json.Unmarshal(r.OK, &args); err != nil || len(args) != 1 {
		return nil, fmt.Errorf("acknowledged with %s, want one argument", r.OK)
	}
	body, ok := args[0].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("acknowledged with %s, want an object", r.OK)
	}
	return body, nil
}
