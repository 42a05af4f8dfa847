package gateway

import (
	"context"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/dummy"
	"github.com/sockethub/sockethub/ratelimit"
)

// startGateway serves a Gateway with the dummy, the parrot and the larder on
// loopback.
func startGateway(t testing.TB, change func(*Options)) (g *Gateway, address string) {
	t.Helper()
	opts := Defaults()
	opts.Version = "1.2.3"
	opts.Platforms = []*platform.Definition{dummy.Definition(), parrot(), larder()}
	opts.Limits.ConnectionsPerAddress, opts.Limits.InstancesPerAddress, opts.Limits.InstancesPerSession = 0, 0, 0
	if change != nil {
		change(&opts)
	}
	g, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := g.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		server.Close()
	})
	return g, server.Listener.Addr().String()
}

func say(verb, content string) map[string]any {
	return activityOf("parrot", verb, "polly@cage.test", "object", map[string]any{"type": "message", "content": content})
}

func secret(actor, password string) map[string]any {
	return activityOf("parrot", "credentials", actor, "object", map[string]any{"type": "credentials", "password": password})
}

// login connects a client as an actor of the parrot.
func login(t *testing.T, address, actor, password string) *client {
	t.Helper()
	c := dial(t, address, "")
	if got := c.emit("credentials", secret(actor, password)); got["error"] != nil {
		t.Fatalf("credentials: %v", got)
	}
	if got := c.emit("message", activityOf("parrot", "connect", actor)); got["error"] != nil {
		t.Fatalf("connect: %v", got)
	}
	return c
}

func TestSchemas(t *testing.T) {
	_, address := startGateway(t, nil)
	c := dial(t, address, "")
	registry := c.emit("schemas")
	fingerprint := registry["fingerprint"]
	if registry["version"] != "1.2.3" || len(registry["platforms"].([]any)) != 3 {
		t.Fatalf("schemas: %v", registry)
	}
	unchanged := map[string]any{"fingerprint": fingerprint, "unchanged": true}
	for _, args := range [][]any{{fingerprint}, {nil, 5, fingerprint}} {
		if got := c.emit("schemas", args...); !reflect.DeepEqual(got, unchanged) {
			t.Errorf("schemas %v: %v, want %v", args, got, unchanged)
		}
	}
	if got := c.emit("schemas", "other", fingerprint); len(got) < 4 {
		t.Errorf("only the first string is the fingerprint, yet: %v", got)
	}
	c.send("schemas", fingerprint)
	if got := c.event("schemas"); !reflect.DeepEqual(got, unchanged) {
		t.Errorf("event schemas: %v, want %v", got, unchanged)
	}
}

func TestEcho(t *testing.T) {
	_, address := startGateway(t, nil)
	c := dial(t, address, "")
	got := c.emit("message", activityOf("dummy", "echo", "a", "id", "m-1", "object", "hi"))
	want := map[string]any{
		"@context": contexts("dummy"),
		"type":     "echo",
		"id":       "m-1",
		"actor":    map[string]any{"id": "dummy", "type": "platform"},
		"object":   map[string]any{"content": "hi"},
		"target":   map[string]any{"id": "a", "type": "person"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("echo: %v\nwant %v", got, want)
	}
}

// The secrets that a client submits are not sent back to it.
func TestCredentialsAnswerHasNoSecrets(t *testing.T) {
	_, address := startGateway(t, nil)
	c := dial(t, address, "")
	got := c.emit("credentials", secret("polly@cage.test", "cracker"))
	want := activityOf("parrot", "credentials", "polly@cage.test", "object", map[string]any{"type": "credentials"})
	if !reflect.DeepEqual(got, want) {
		t.Errorf("credentials: %v\nwant %v", got, want)
	}
}

// Two clients with the same credentials share a worker: each hears what the
// other does, and what the platform hears, but no other client does.
func TestSessionsShareAnInstance(t *testing.T) {
	g, address := startGateway(t, nil)
	a := login(t, address, "polly@cage.test", "cracker")
	b := login(t, address, "polly@cage.test", "cracker")
	stranger := login(t, address, "polly@cage.test", "nut")
	if n := len(g.manager.Instances()); n != 2 {
		t.Errorf("%d instances, want 2: one for each secret", n)
	}

	if got := a.emit("message", say("send", "hello")); got["error"] != nil {
		t.Fatalf("send: %v", got)
	}
	if got := b.event("message"); got["type"] != "send" {
		t.Errorf("the other session got %v, want the result of send", got)
	}
	a.quiet("message")

	a.emit("message", say("squawk", "craw"))
	for name, c := range map[string]*client{"asker": a, "other": b} {
		if got := c.event("message"); got["type"] != "squawk" {
			t.Errorf("%s heard %v, want squawk", name, got)
		}
	}
	// A result whose type the platform's schema does not allow stays with who asked.
	a.emit("message", say("query", ""))
	b.event("message") // the result of squawk
	b.quiet("message")
	stranger.quiet("message")
}

// A session without credentials learns nothing from the actor's name.
func TestActorAloneOpensNothing(t *testing.T) {
	g, address := startGateway(t, nil)
	login(t, address, "polly@cage.test", "cracker")
	c := dial(t, address, "")
	if got, want := c.emit("message", say("send", "hello"))["error"], "send called on uninitialized platform"; got != want {
		t.Errorf("send without credentials: error %v, want %s", got, want)
	}
	if got, want := c.emit("message", say("connect", ""))["error"], "credentials not found for parrot:polly@cage.test"; got != want {
		t.Errorf("connect without credentials: error %v, want %s", got, want)
	}
	running := 0
	for _, in := range g.manager.Instances() {
		if in.PID != 0 {
			running++
		}
	}
	if running != 1 {
		t.Errorf("%d processes run, want 1: none is started before any credentials are there", running)
	}
}

// An empty actor id is no door to an instance that all share.
func TestEmptyActorIsNobodyElse(t *testing.T) {
	_, address := startGateway(t, nil)
	login(t, address, "", "cracker")
	c := dial(t, address, "")
	if got := c.emit("message", activityOf("parrot", "send", ""))["error"]; got != "send called on uninitialized platform" {
		t.Errorf("send as the empty actor of somebody else: error %v", got)
	}
}

// An actor that changes its id keeps its connection and gets its answer.
func TestActorChange(t *testing.T) {
	g, address := startGateway(t, nil)
	a := login(t, address, "polly@cage.test", "cracker")
	if got := a.emit("message", say("rename", "molly@cage.test")); got["error"] != nil {
		t.Fatalf("rename: %v", got)
	}
	if got := a.emit("message", activityOf("parrot", "send", "molly@cage.test")); got["error"] != nil {
		t.Errorf("send under the new name: %v", got)
	}
	if n := len(g.manager.Instances()); n != 1 {
		t.Errorf("%d instances, want 1", n)
	}
}

// A worker that dies answers who waits, and tells every session that
// shares it, once.
func TestPersistentWorkerDies(t *testing.T) {
	_, address := startGateway(t, nil)
	a := login(t, address, "polly@cage.test", "cracker")
	b := login(t, address, "polly@cage.test", "cracker")
	got := a.emit("message", say("crash", ""))
	if text, _ := got["error"].(string); !strings.Contains(text, "exited with status 3") || got["code"] != "outcome_unknown" {
		t.Errorf("crash: %v", got)
	}
	b.event("message") // the failure that a was answered
	for name, c := range map[string]*client{"asker": a, "other": b} {
		got := c.event("message")
		want := map[string]any{
			"@context": contexts("parrot"),
			"type":     "error",
			"actor":    map[string]any{"id": "polly@cage.test", "type": "service"},
			"error":    got["error"],
		}
		text, _ := got["error"].(string)
		if !reflect.DeepEqual(got, want) || !strings.HasPrefix(text, "Error: session thread closed unexpectedly: ") {
			t.Errorf("%s: %v", name, got)
		}
		c.quiet("message")
	}
	if got := a.emit("message", activityOf("parrot", "connect", "polly@cage.test")); got["error"] != nil {
		t.Errorf("connect after the crash: %v", got)
	}
}

// After a failed connect the next one may succeed at once.
func TestConnectAgainAfterFailure(t *testing.T) {
	_, address := startGateway(t, nil)
	c := dial(t, address, "")
	c.emit("credentials", secret("polly@cage.test", "wrong"))
	if got := c.emit("message", say("connect", "")); got["error"] != "Error: no such bird" {
		t.Fatalf("connect with the wrong password: %v", got)
	}
	c.emit("credentials", secret("polly@cage.test", "right"))
	if got := c.emit("message", say("connect", "")); got["error"] != nil {
		t.Errorf("connect with the right password: %v", got)
	}
}

// Other credentials for an account bring another instance, and the session
// leaves the former.
func TestChangedCredentialsRebind(t *testing.T) {
	g, address := startGateway(t, nil)
	c := login(t, address, "polly@cage.test", "cracker")
	c.emit("credentials", secret("polly@cage.test", "nut"))
	if got := c.emit("message", say("connect", "")); got["error"] != nil {
		t.Fatalf("connect: %v", got)
	}
	attached := 0
	for _, in := range g.manager.Instances() {
		attached += in.Sessions
	}
	if attached != 1 {
		t.Errorf("the session is attached to %d instances, want 1", attached)
	}
}

// Who wanted no acknowledgement hears of a failure all the same.
func TestFailureWithoutAcknowledgement(t *testing.T) {
	_, address := startGateway(t, nil)
	c := dial(t, address, "")
	c.send("message", activityOf("dummy", "fail", "a", "object", map[string]any{"type": "message", "content": "no"}))
	if got := c.event("message"); got["error"] != "Error: no" {
		t.Errorf("failed job: %v", got)
	}
	c.send("message", activityOf("dummy", "nope", "a"))
	if got := c.event("message"); got["error"] != "[dummy] /type: must be equal to one of the allowed values" {
		t.Errorf("refused message: %v", got)
	}
	c.send("message", activityOf("dummy", "echo", "a"))
	c.emit("message", activityOf("dummy", "echo", "a"))
	c.quiet("message")
}

// Events of a client that is blocked are answered.
func TestRateLimit(t *testing.T) {
	_, address := startGateway(t, func(o *Options) { o.Limits.Rate = ratelimit.Limit{Max: 3, Window: time.Hour, Block: time.Hour} })
	c := dial(t, address, "")
	for range 3 {
		c.emit("schemas")
	}
	want := map[string]any{"error": "rate limit exceeded, temporarily blocked", "code": "rate_limited"}
	for range 2 {
		if got := c.emit("message", activityOf("dummy", "echo", "a")); !reflect.DeepEqual(got, want) {
			t.Errorf("while blocked: %v, want %v", got, want)
		}
	}
	if got := c.event("error"); got["summary"] != "rate limit exceeded, temporarily blocked" || got["type"] != "Error" {
		t.Errorf("event error: %v", got)
	}
	for _, p := range c.pending {
		if strings.HasPrefix(p, `42["error"`) {
			t.Errorf("told twice: %s", p)
		}
	}
}

func TestConnectionsPerAddress(t *testing.T) {
	_, address := startGateway(t, func(o *Options) { o.Limits.ConnectionsPerAddress = 2 })
	first, second := dial(t, address, ""), dial(t, address, "")
	if !isLetIn(first) || !isLetIn(second) { // each is counted after it has joined
		t.Fatal("one of the first two was sent away")
	}
	third := dial(t, address, "")
	if got := third.event("error"); got["summary"] != "too many concurrent connections from this address" {
		t.Errorf("event error: %v", got)
	}
	third.await("41")
	if p := third.read(); p != "" {
		t.Errorf("after the disconnect packet: %q, want the end", p)
	}
	first.write("41")
	first.conn.Close()
	// The place is free once the server has noticed: until then newcomers are
	// sent away, some before they have said a word.
	for deadline := time.Now().Add(patience); !isLetIn(dial(t, address, "")); {
		if time.Now().After(deadline) {
			t.Fatal("the place of a client that left was never given to another")
		}
	}
}

// isLetIn reports whether a client gets an answer instead of the end.
func isLetIn(c *client) bool {
	if !c.tryWrite(`420["schemas","x"]`) {
		return false
	}
	for {
		switch p := c.read(); {
		case p == "":
			return false
		case strings.HasPrefix(p, "430["):
			return true
		}
	}
}

func TestJobsPerSession(t *testing.T) {
	_, address := startGateway(t, func(o *Options) { o.Limits.JobsPerSession = 1; o.JobTimeout = 2 * time.Second })
	c := dial(t, address, "")
	hang := c.start("message", activityOf("dummy", "hang", "a"))
	if got := c.emit("message", activityOf("dummy", "echo", "a")); got["code"] != "too_many_jobs" {
		t.Errorf("a second job: %v", got)
	}
	if got := c.ack(hang); got["code"] != "deadline" {
		t.Errorf("a job past its deadline: %v", got)
	}
}

func TestBytesOfASession(t *testing.T) {
	_, address := startGateway(t, func(o *Options) { o.Limits.SessionBytes = 1 << 16; o.JobTimeout = time.Second })
	c := dial(t, address, "")
	large := strings.Repeat("x", 40_000)
	hang := c.start("message", activityOf("dummy", "hang", "a", "object", large))
	if got := c.emit("message", activityOf("dummy", "hang", "a", "object", large)); got["code"] != "too_many_jobs" {
		t.Errorf("more than the session may have waiting: code %v", got["code"])
	}
	if got := c.ack(hang); got["code"] != "deadline" {
		t.Errorf("the first message: code %v", got["code"])
	}
	if got := c.ack(c.start("message", activityOf("dummy", "hang", "a", "object", large))); got["code"] != "deadline" {
		t.Errorf("a message after the first was answered: code %v", got["code"])
	}
}

// A client that lost its network comes back to its session and gets what
// it missed.
func TestRecovery(t *testing.T) {
	_, address := startGateway(t, nil)
	a := dial(t, address, `{"recovery":true}`)
	a.emit("credentials", secret("polly@cage.test", "cracker"))
	if got := a.emit("message", say("connect", "")); got["error"] != nil {
		t.Fatalf("connect: %v", got)
	}
	b := login(t, address, "polly@cage.test", "cracker")
	b.emit("message", say("send", "one"))
	offset := lastOffset(t, a)
	a.conn.Close()

	b.emit("message", say("send", "two"))
	back := dial(t, address, `{"pid":"`+a.pid+`","offset":"`+offset+`"}`)
	if back.sid != a.sid {
		t.Fatalf("the session has the id %s, want %s", back.sid, a.sid)
	}
	var missed []string
	for len(missed) == 0 || missed[len(missed)-1] != "two" {
		object, _ := back.event("message")["object"].(map[string]any)
		missed = append(missed, object["content"].(string))
	}
	if got := back.emit("message", say("send", "three")); got["error"] != nil {
		t.Errorf("send after coming back: %v", got)
	}
}

// lastOffset waits for an event and returns the offset at its end.
func lastOffset(t *testing.T, c *client) string {
	t.Helper()
	return offsetOf(c.await(`42["message",`))
}

// offsetOf returns the last argument of an event.
func offsetOf(packet string) string {
	end := strings.LastIndex(packet, `,"`)
	return strings.TrimSuffix(packet[end+2:], `"]`)
}

// Clients that count arguments get exactly one unless they ask for more.
func TestOffsetsOnlyForWhoWants(t *testing.T) {
	tests := []struct {
		name, auth string
		header     string
		want       bool
	}{
		{"nothing said", "", "X-Other: 1", false},
		{"asks", `{"recovery":true}`, "X-Other: 1", true},
		{"comes back", `{"pid":"unknown"}`, "X-Other: 1", true},
		{"is a page", "", "Sec-Fetch-Mode: websocket", true},
		{"is a page of Chromium", "", "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept-Language: en-US,en;q=0.9", true},
		{"has borrowed a name", "", "User-Agent: Mozilla/5.0 (X11; Linux x86_64)", false},
		{"has languages only", "", "Accept-Language: de", false},
		{"is a program", "", "User-Agent: python-requests/2.28.1\r\nOrigin: http://127.0.0.1:80", false},
	}
	_, address := startGateway(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, address, tt.auth, tt.header)
			if c.pid == "" {
				t.Error("no private id in the connect reply")
			}
			c.send("schemas", "x")
			p := c.await(`42["schemas",`)
			if got := strings.HasSuffix(p, `"]`); got != tt.want {
				t.Errorf("ends with an offset: %v, want %v: …%s", got, tt.want, p[max(0, len(p)-40):])
			}
		})
	}
}

func TestShutdownAnswersAll(t *testing.T) {
	g, address := startGateway(t, nil)
	c := dial(t, address, "")
	c.emit("message", activityOf("dummy", "echo", "a"))
	hang := c.start("message", activityOf("dummy", "hang", "a"))
	var echoes []int
	for range 50 {
		echoes = append(echoes, c.start("message", activityOf("dummy", "echo", "a")))
	}
	c.emit("schemas") // events are taken in order: all messages have been by now
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- g.Shutdown(ctx) }()
	for _, id := range echoes {
		c.ack(id)
	}
	if got := c.ack(hang); got["error"] == nil {
		t.Errorf("a job that hangs: %v", got)
	}
	<-done
}

func TestHealth(t *testing.T) {
	g, address := startGateway(t, nil)
	get := func(path string) int {
		t.Helper()
		res, err := http.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	for _, path := range []string{"/livez", "/healthz", "/health", "/readyz"} {
		if got := get(path); got != http.StatusOK {
			t.Errorf("%s: status %d", path, got)
		}
	}
	g.draining.Store(true)
	if got := get("/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("/readyz while shutting down: status %d", got)
	}
	if got := get("/livez"); got != http.StatusOK {
		t.Errorf("/livez while shutting down: status %d", got)
	}
}

// A client that names platforms by "context" gets it with all that reaches it, its
// credentials may have members that are null, and their success has no argument.
// All other sessions see what they always did.
func TestOlderSession(t *testing.T) {
	_, address := startGateway(t, nil)
	secret := map[string]any{"type": "credentials", "password": "craw", "shelf": nil}
	older := dial(t, address, "")
	actor := map[string]any{"id": "polly", "type": "person", "name": nil}
	older.start("credentials", map[string]any{"context": "parrot", "type": "credentials", "actor": actor, "object": secret})
	if p := older.await("43"); p != "430[]" {
		t.Errorf("credentials: %s, want 430[]", p)
	}
	if got := older.emit("message", map[string]any{"context": "parrot", "type": "connect", "actor": actor}); got["error"] != nil || got["context"] != "parrot" {
		t.Errorf("connect: %v", got)
	}
	delete(secret, "shelf")
	today := dial(t, address, "")
	polly := map[string]any{"id": "polly", "type": "person"}
	today.emit("credentials", map[string]any{"@context": contexts("parrot"), "type": "credentials", "actor": polly, "object": secret})
	today.emit("message", map[string]any{"@context": contexts("parrot"), "type": "connect", "actor": polly})
	today.send("message", map[string]any{"@context": contexts("parrot"), "type": "squawk", "actor": polly, "object": map[string]any{"type": "topic", "content": "low tide"}})
	got := older.event("message")
	if got["context"] != "parrot" || !reflect.DeepEqual(got["@context"], contexts("parrot")) || got["object"].(map[string]any)["topic"] != "low tide" {
		t.Errorf("the older session sees %v", got)
	}
	got = today.event("message")
	if _, has := got["context"]; has || len(got["object"].(map[string]any)) != 2 {
		t.Errorf("the other session sees %v", got)
	}
}

// Old clients name a platform by "context" and speak of objects by their ids.
func TestLegacyClient(t *testing.T) {
	_, address := startGateway(t, nil)
	c := dial(t, address, "")
	id := c.start("activity-object", map[string]any{"id": "wren", "type": "person", "name": "Wren"})
	if p := c.await("43"); p != "430[]" || id != 0 {
		t.Errorf("activity-object: %s, want 430[]", p)
	}
	got := c.emit("message", map[string]any{"context": "dummy", "type": "echo", "actor": "wren"})
	want := map[string]any{
		"@context": contexts("dummy"),
		"context":  "dummy",
		"type":     "echo",
		"actor":    map[string]any{"id": "dummy", "type": "platform"},
		"target":   map[string]any{"id": "wren", "type": "person", "name": "Wren"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("echo: %v\nwant %v", got, want)
	}
}
