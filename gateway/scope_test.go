package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/httpactions"
	"github.com/sockethub/sockethub/platform/supervisor"
	"github.com/sockethub/sockethub/queue"
)

// openCage is what opens the parrot without a secret.
func openCage(perch string) map[string]any {
	return activityOf("parrot", "credentials", "polly@cage.test", "object", map[string]any{"type": "credentials", "perch": perch})
}

// tab is the auth payload of a page with a token of its own.
func tab(name string) string { return `{"tab":"` + name + ` 0123456789abcdef"}` }

// leave ends a client's connection and returns once the server has noticed.
func leave(t *testing.T, g *Gateway, c *client) {
	t.Helper()
	c.conn.Close()
	for deadline := time.Now().Add(patience); g.isConnected(c.sid); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server never noticed that the client had left")
		}
	}
}

// A page that is loaded anew finds the connection that it left, though it gave
// no secret. While its owner is there nobody else gets at it.
func TestRefreshTakesOver(t *testing.T) {
	g, address := startGateway(t, nil)
	page := dial(t, address, tab("page"))
	page.emit("credentials", openCage("low"))
	if got := page.emit("message", say("connect", "")); got["error"] != nil {
		t.Fatalf("connect: %v", got)
	}
	neighbour := dial(t, address, "")
	if got := neighbour.emit("message", say("send", "hello"))["error"]; got != "send called on uninitialized platform" {
		t.Errorf("another session while the owner is there: error %v", got)
	}

	leave(t, g, page)
	again := dial(t, address, tab("page"))
	if got := again.emit("message", say("squawk", "craw")); got["error"] != nil {
		t.Errorf("after a refresh: %v", got)
	}
	if got := again.event("message"); got["type"] != "squawk" {
		t.Errorf("after a refresh the session heard %v", got)
	}
	if got := neighbour.emit("message", say("send", "hello"))["error"]; got != "send called on uninitialized platform" {
		t.Errorf("another session after the refresh: error %v", got)
	}
	neighbour.quiet("message")
}

// What is taken over still asks for the credentials that opened it: a session
// that has others is refused, and hears no more of it.
func TestRefreshWithOtherCredentials(t *testing.T) {
	g, address := startGateway(t, nil)
	page := dial(t, address, tab("page"))
	page.emit("credentials", openCage("low"))
	if got := page.emit("message", say("connect", "")); got["error"] != nil {
		t.Fatalf("connect: %v", got)
	}
	leave(t, g, page)

	again := dial(t, address, tab("page"))
	again.emit("credentials", openCage("high"))
	if got, want := again.emit("message", say("connect", ""))["error"], "Error: invalid credentials for parrot:polly@cage.test"; got != want {
		t.Errorf("connect with other credentials: error %v, want %s", got, want)
	}
	refused := g.session(again.sid)
	refused.mu.Lock()
	if n := len(refused.instances); n != 0 {
		t.Errorf("the refused session is attached to %d instances", n)
	}
	refused.mu.Unlock()
	again.emit("credentials", openCage("low"))
	if got := again.emit("message", say("connect", "")); got["error"] != nil {
		t.Errorf("connect with the credentials that opened it: %v", got)
	}
}

// Credentials are for one actor, on one platform, in one session.
func TestCredentialsBelongToOneAccount(t *testing.T) {
	_, address := startGateway(t, nil)
	a, b := dial(t, address, ""), dial(t, address, "")
	store := func(c *client, shelf string) {
		t.Helper()
		got := c.emit("credentials", activityOf("larder", "credentials", "heron", "object", map[string]any{"type": "credentials", "shelf": shelf}))
		if got["error"] != nil {
			t.Fatalf("credentials: %v", got)
		}
	}
	fetch := func(c *client, actor, want string) {
		t.Helper()
		got := c.emit("message", activityOf("larder", "fetch", actor))
		object, _ := got["object"].(map[string]any)
		if text, _ := got["error"].(string); text+fmt.Sprint(object["content"]) != want {
			t.Errorf("fetch as %s: %v, want %s", actor, got, want)
		}
	}
	store(a, "minnows")
	fetch(a, "heron", "minnows")
	fetch(a, "bittern", "Error: credentials not found for larder:bittern<nil>")
	fetch(b, "heron", "Error: credentials not found for larder:heron<nil>")
	store(b, "frogs")
	fetch(b, "heron", "frogs")
	store(a, "newts")
	fetch(a, "heron", "newts")
	refused := activityOf("larder", "credentials", "heron", "object", map[string]any{"type": "credentials", "shelf": 5})
	if got := a.emit("credentials", refused); got["error"] != "[larder] /object/shelf: must be string" {
		t.Errorf("credentials that are none: %v", got)
	}
	fetch(a, "heron", "newts")
}

// A message that is written right behind the credentials that it needs finds
// them, on platforms with connections and without.
func TestCredentialsAndMessageBackToBack(t *testing.T) {
	_, address := startGateway(t, nil)
	c := dial(t, address, "")
	var ids []int
	for n := range 20 {
		actor := fmt.Sprintf("heron-%d", n)
		ids = append(ids,
			c.start("credentials", activityOf("larder", "credentials", actor, "object", map[string]any{"type": "credentials", "shelf": "newts"})),
			c.start("message", activityOf("larder", "fetch", actor)),
			c.start("credentials", secret(actor, "cracker")),
			c.start("message", activityOf("parrot", "connect", actor)),
			c.start("message", activityOf("parrot", "send", actor)))
	}
	for _, id := range ids {
		if got := c.ack(id); got["error"] != nil {
			t.Errorf("event %d: %v", id, got)
		}
	}
}

// A server that takes the connection and says nothing keeps no client waiting
// for ever, and the next connect may succeed.
func TestConnectThatIsNeverAnswered(t *testing.T) {
	_, address := startGateway(t, func(o *Options) { o.JobTimeout = time.Second })
	c := dial(t, address, "")
	c.emit("credentials", secret("polly@cage.test", "silence"))
	if got := c.emit("message", say("connect", "")); got["code"] != "deadline" {
		t.Errorf("connect: %v, want the code deadline", got)
	}
	c.emit("credentials", secret("polly@cage.test", "cracker"))
	// A slow machine may not start the next worker in that time.
	eventually(t, "connect with other credentials succeeds", func() bool {
		got := c.emit("message", say("connect", ""))
		if got["error"] != nil && got["code"] != "deadline" {
			t.Fatalf("connect with other credentials: %v", got)
		}
		return got["error"] == nil
	})
}

func TestInstanceLimit(t *testing.T) {
	_, address := startGateway(t, func(o *Options) { o.Limits.MaxInstances = 2 })
	login(t, address, "polly@cage.test", "cracker")
	login(t, address, "molly@cage.test", "cracker")
	c := dial(t, address, "")
	c.emit("credentials", secret("jolly@cage.test", "cracker"))
	got := c.emit("message", activityOf("parrot", "connect", "jolly@cage.test"))
	if want := "platform instance limit reached (2); cannot start new parrot instance"; got["error"] != want {
		t.Errorf("one instance too many: %v, want the error %s", got, want)
	}
	if got := c.emit("message", activityOf("dummy", "echo", "a"))["error"]; got != nil {
		t.Errorf("a platform without connections always has a place, yet: error %v", got)
	}
}

// An HTTP request that brings the credentials of a connection uses that one, and
// whoever shares it hears what was done. A request without them gets nowhere.
func TestActionsShareAnInstance(t *testing.T) {
	g, address := startGateway(t, func(o *Options) { o.HTTPActions = &httpactions.Options{OptionalRequestID: true} })
	a := login(t, address, "polly@cage.test", "cracker")
	post := func(payloads ...any) []map[string]any {
		t.Helper()
		body, _ := json.Marshal(payloads)
		res, err := http.Post("http://"+address+"/sockethub-http", "application/json", strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var lines []map[string]any
		for d := json.NewDecoder(res.Body); ; {
			var line map[string]any
			if d.Decode(&line) != nil {
				return lines
			}
			lines = append(lines, line)
		}
	}
	lines := post(say("send", "over HTTP"), secret("polly@cage.test", "cracker"))
	if len(lines) != 2 || lines[0]["type"] != "credentials-ack" || lines[1]["error"] != nil {
		t.Fatalf("with the credentials: %v", lines)
	}
	object, _ := a.event("message")["object"].(map[string]any)
	if object["content"] != "over HTTP" {
		t.Errorf("the socket heard %v", object)
	}
	if lines := post(say("send", "hello")); len(lines) != 1 || lines[0]["error"] != "send called on uninitialized platform" {
		t.Errorf("without credentials: %v", lines)
	}
	if lines := post(secret("polly@cage.test", "nut"), say("send", "hello")); len(lines) != 2 || lines[1]["error"] != "send called on uninitialized platform" {
		t.Errorf("with other credentials: %v", lines)
	}
	for _, in := range g.manager.Instances() {
		if in.PID == 0 && in.Sessions > 0 {
			t.Errorf("a request that is over is still attached: %+v", in)
		}
	}
}

// Records of who left what go with the instances they are about, however many
// accounts a client names.
func TestAnonymousRecordsAreSwept(t *testing.T) {
	var n anonymous
	s := &session{owner: queue.Owner{ID: "s"}, address: "192.0.2.1"}
	alive := account{"parrot", "polly"}
	ids := map[string]bool{supervisor.Key{Platform: "parrot", Actor: "polly", Scope: "s"}.ID(): true}
	gone := func(string, bool) bool { return false }
	running := func() map[string]bool { return ids }
	n.scope(alive, s, "s", gone, running)
	most := 0
	for i := range 20 * anonymousSweep {
		n.scope(account{"parrot", fmt.Sprint(i)}, s, "s", gone, running)
		most = max(most, len(n.records))
	}
	if most > 2*anonymousSweep {
		t.Errorf("%d records at a time, want at most %d", most, 2*anonymousSweep)
	}
	next := &session{owner: queue.Owner{ID: "next"}, address: "192.0.2.1"}
	if got := n.scope(alive, next, "next", gone, running); got != "s" {
		t.Errorf("scope %q of an instance that is alive, want s", got)
	}
}

// Each session that leaves takes what it stored with it, and is attached nowhere.
func TestSessionLeavesNothing(t *testing.T) {
	g, address := startGateway(t, func(o *Options) { o.RecoveryMax = 0 })
	c := login(t, address, "polly@cage.test", "cracker")
	owner := g.session(c.sid).owner
	leave(t, g, c)
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		_, err := g.store.Credentials().Get(t.Context(), owner, "parrot", "polly@cage.test")
		attached := slices.ContainsFunc(g.manager.Instances(), func(in supervisor.InstanceInfo) bool { return in.Sessions > 0 })
		if err != nil && !attached {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("credentials: %v; attached: %v", err, attached)
		}
	}
}

// The answer to a message whose connection is gone reaches the client when
// it is back.
func TestAnswerAfterTheConnectionIsGone(t *testing.T) {
	g, address := startGateway(t, nil)
	c := dial(t, address, `{"recovery":true}`)
	c.emit("credentials", secret("polly@cage.test", "cracker"))
	c.works(say("connect", ""))
	c.send("schemas", "x") // an event, so that the client has an offset
	offset := offsetOf(c.await(`42["schemas",`))
	egg := filepath.Join(t.TempDir(), "egg")
	c.start("message", say("brood", egg))
	c.emit("schemas", "x") // the message is taken by now
	leave(t, g, c)
	if err := os.WriteFile(egg, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	back := dial(t, address, `{"pid":"`+c.pid+`","offset":"`+offset+`"}`)
	if got := back.event("message"); got["type"] != "brood" || got["error"] != nil {
		t.Errorf("after coming back: %v, want the answer", got)
	}
}

// A session that names ever new actors is not attached to all of them for ever:
// what it made up can be forgotten while it is still there. Its own stays.
func TestMadeUpActorsAreForgotten(t *testing.T) {
	g, address := startGateway(t, func(o *Options) { o.Limits.Rate.Max = 1 << 20 })
	c := login(t, address, "polly@cage.test", "cracker")
	for i := range 4 * maxGuesses {
		if got := c.emit("message", activityOf("parrot", "send", fmt.Sprint(i)))["error"]; got != "send called on uninitialized platform" {
			t.Fatalf("send as a made-up actor: error %v", got)
		}
	}
	attached := 0
	for _, in := range g.manager.Instances() {
		attached += in.Sessions
	}
	if attached > maxGuesses+1 {
		t.Errorf("the session is attached to %d instances, want at most %d", attached, maxGuesses+1)
	}
	c.emit("message", say("squawk", "craw"))
	if got := c.event("message"); got["type"] != "squawk" {
		t.Errorf("its own instance: %v", got)
	}
}
