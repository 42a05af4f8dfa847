package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/httpactions"
)

func as(actor, verb, content string) map[string]any {
	return activityOf("parrot", verb, actor, "object", map[string]any{"type": "message", "content": content})
}

// works checks that a message is done.
func (c *client) works(message map[string]any) {
	c.t.Helper()
	if got := c.emit("message", message); got["error"] != nil {
		c.t.Errorf("%s as %v: %v", message["type"], message["actor"], got)
	}
}

// eventually waits until ok is true.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come true that %s", what)
		}
	}
}

// workers is how many processes of the parrot there are.
func workers(g *Gateway) (n int) {
	for _, in := range g.manager.Instances() {
		if in.Platform == "parrot" && in.PID != 0 {
			n++
		}
	}
	return n
}

// Who was there when an actor changed its id goes on under either id, and with
// the credentials that it stored under the first. The old id may be anybody
// else's now: it brings others to an instance of their own.
func TestOldActorServesWhoWasThere(t *testing.T) {
	g, address := startGateway(t, nil)
	const polly, molly = "polly@cage.test", "molly@cage.test"
	a, b := login(t, address, polly, "cracker"), login(t, address, polly, "cracker")
	a.works(as(polly, "rename", molly))
	for _, c := range []*client{a, b} {
		for _, actor := range []string{polly, molly, polly} {
			c.works(as(actor, "send", "hello"))
			c.works(as(actor, "connect", ""))
		}
	}
	if n := workers(g); n != 1 {
		t.Fatalf("%d workers, want 1", n)
	}

	stranger := login(t, address, polly, "cracker")
	if n := workers(g); n != 2 {
		t.Errorf("%d workers, want 2: another session that uses the old id has its own", n)
	}
	for _, actor := range []string{polly, molly} {
		b.works(as(actor, "squawk", "from "+actor))
		for heard := ""; heard != "from "+actor; {
			object, _ := a.event("message")["object"].(map[string]any)
			heard, _ = object["content"].(string)
		}
	}
	stranger.quiet("message")

	// With the connection its former ids go.
	if got := a.emit("message", as(polly, "crash", "")); got["code"] != "outcome_unknown" {
		t.Errorf("crash: %v", got)
	}
	a.works(as(polly, "send", "hello")) // the stranger's instance: it has the same credentials
	stranger.event("message")
	if got := a.emit("message", as(molly, "send", "hello")); got["error"] != "send called on uninitialized platform" {
		t.Errorf("the connection that is gone: %v", got)
	}
}

// A session that gives other credentials for one of the ids means another
// connection by it.
func TestOtherCredentialsForOldActor(t *testing.T) {
	g, address := startGateway(t, nil)
	const polly, molly = "polly@cage.test", "molly@cage.test"
	a := login(t, address, polly, "cracker")
	b := login(t, address, polly, "cracker")
	a.works(as(polly, "rename", molly))
	a.emit("credentials", secret(polly, "nut"))
	a.works(as(polly, "connect", ""))
	if n := workers(g); n != 2 {
		t.Errorf("%d workers, want 2", n)
	}
	b.works(as(polly, "send", "hello"))
	a.quiet("message")
	b.works(as(molly, "squawk", "craw"))
	b.event("message")
}

// Without a secret it is the same, and a page that is loaded anew finds the
// connection by its present id.
func TestOldActorWithoutSecret(t *testing.T) {
	g, address := startGateway(t, nil)
	const polly, molly = "polly@cage.test", "molly@cage.test"
	page := dial(t, address, "")
	page.emit("credentials", openCage("low"))
	page.works(as(polly, "connect", ""))
	page.works(as(polly, "rename", molly))
	page.works(as(polly, "send", "hello"))
	page.works(as(molly, "send", "hello"))
	page.works(as(molly, "connect", ""))
	if n := workers(g); n != 1 {
		t.Errorf("%d workers, want 1", n)
	}
	leave(t, g, page)
	again := dial(t, address, "")
	if got := again.emit("message", as(polly, "send", "hello")); got["error"] != "send called on uninitialized platform" {
		t.Errorf("after a refresh, under the old id: %v", got)
	}
	again.works(as(molly, "send", "hello"))
}

// However often an actor changes its id, a session keeps few of them, and the
// first one always works.
func TestManyChangesOfActor(t *testing.T) {
	g, address := startGateway(t, func(o *Options) { o.Limits.Rate.Max = 1 << 20 })
	const polly = "polly@cage.test"
	c := login(t, address, polly, "cracker")
	name := polly
	for n := range 3 * maxGuesses {
		next := fmt.Sprintf("polly-%d@cage.test", n)
		c.works(as(name, "rename", next))
		name = next
	}
	c.works(as(polly, "send", "hello"))
	c.works(as(name, "connect", ""))
	if n := workers(g); n != 1 {
		t.Errorf("%d workers, want 1", n)
	}
	s := g.session(c.sid)
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.instances); n > maxGuesses+1 {
		t.Errorf("the session knows its instance by %d ids, want at most %d", n, maxGuesses+1)
	}
}

// The messages of one HTTP request are served by one connection, whether the
// change of the actor's id that one of them makes is done before the next is
// looked at or not.
func TestOldActorInHTTPActions(t *testing.T) {
	g, address := startGateway(t, func(o *Options) { o.HTTPActions = &httpactions.Options{OptionalRequestID: true} })
	const polly, molly = "polly@cage.test", "molly@cage.test"
	messages := []any{secret(polly, "cracker"), as(polly, "connect", ""), as(polly, "rename", molly)}
	for range 16 {
		messages = append(messages, as(polly, "send", "hello"))
	}
	body, _ := json.Marshal(append(messages, as(polly, "connect", "")))
	res, err := http.Post("http://"+address+"/sockethub-http", "application/json", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := 0
	for d := json.NewDecoder(res.Body); d.More(); lines++ {
		var line map[string]any
		if err := d.Decode(&line); err != nil || line["error"] != nil {
			t.Errorf("%v %v", line, err)
		}
	}
	if n := workers(g); lines != 20 || n != 1 {
		t.Errorf("%d lines and %d workers, want 20 and 1", lines, n)
	}
}

// A connection that stays though its session has left is there for who brings
// the same credentials, also under an id that it had before; for nobody else.
// Without a secret there is no telling who comes back, so none stays.
func TestLinger(t *testing.T) {
	g, address := startGateway(t, func(o *Options) { o.RecoveryMax = 0 })
	state := func(actor string) (state string, pid int) {
		for _, in := range g.manager.Instances() {
			if in.Actor == actor && in.PID != 0 {
				return in.State, in.PID
			}
		}
		return "", 0
	}
	const polly, molly = "polly@cage.test", "molly@cage.test"
	a := login(t, address, polly, "cracker")
	a.works(as(polly, "linger", ""))
	a.works(as(polly, "rename", molly))
	_, pid := state(molly)
	leave(t, g, a)
	eventually(t, "it lingers", func() bool { s, _ := state(molly); return s == "lingering" })

	stranger := dial(t, address, "")
	if got := stranger.emit("message", as(molly, "send", "hello")); got["error"] != "send called on uninitialized platform" {
		t.Errorf("send by a stranger: %v", got)
	}
	login(t, address, molly, "nut")
	if s, _ := state(molly); workers(g) != 2 {
		t.Errorf("%s, %d workers: other credentials must lead elsewhere", s, workers(g))
	}
	back := login(t, address, polly, "cracker")
	back.works(as(polly, "squawk", "craw"))
	back.event("message")
	found := false
	for _, in := range g.manager.Instances() {
		found = found || in.PID == pid && in.Sessions == 1
	}
	if !found || workers(g) != 2 {
		t.Errorf("who came back has another worker: %+v", g.manager.Instances())
	}

	page := dial(t, address, "")
	page.emit("credentials", activityOf("parrot", "credentials", "jolly", "object", map[string]any{"type": "credentials", "perch": "low"}))
	page.works(as("jolly", "connect", ""))
	page.works(as("jolly", "linger", ""))
	leave(t, g, page)
	eventually(t, "the page has left", func() bool {
		for _, in := range g.manager.Instances() {
			if in.Actor == "jolly" {
				return in.Sessions == 0
			}
		}
		return false
	})
	if s, _ := state("jolly"); s != "connected" {
		t.Errorf("a connection without a secret is %s", s)
	}
}
