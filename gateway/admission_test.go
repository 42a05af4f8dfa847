package gateway

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/auth"
	"github.com/sockethub/sockethub/httpactions"
	"github.com/sockethub/sockethub/ratelimit"
)

// locked is a gateway that wants a token, and the tokens that tests show.
type locked struct {
	t       testing.TB
	gateway *Gateway
	address string
	file    string
	tokens  map[string]string // by what is the matter with them
	log     *lines
}

// lines collects a log that several goroutines write.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func startLocked(t testing.TB, limit ratelimit.Limit, change func(*Options)) *locked {
	t.Helper()
	l := &locked{t: t, file: filepath.Join(t.TempDir(), "tokens.json"), log: new(lines)}
	add := func(name string, token auth.Token) string {
		token.Name = name
		text, err := auth.Add(l.file, token)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	l.tokens = map[string]string{
		"no":      "",
		"wrong":   "Vh4mPz0qGv6mN1pYw3bXk8sRt5uJ2cLd7eFhQaZxCv0",
		"expired": add("yesterday", auth.Token{Expires: time.Now().Add(-24 * time.Hour)}),
		"removed": add("dismissed", auth.Token{}),
		"other":   add("larder-only", auth.Token{Platforms: []string{"larder"}}),
		"right":   add("webapp", auth.Token{Platforms: []string{"dummy", "parrot"}}),
		"second":  add("script", auth.Token{}),
		"brief":   add("visitor", auth.Token{Expires: time.Now().Add(3 * time.Second)}),
	}
	if err := auth.Remove(l.file, "dismissed"); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(l.log, nil))
	keeper, err := auth.Open(l.file, log)
	if err != nil {
		t.Fatal(err)
	}
	guard := auth.NewGuard(keeper, ratelimit.NewMemory(0), limit, log)
	l.gateway, l.address = startGateway(t, func(o *Options) {
		o.Auth, o.Log = guard, log
		o.HTTPActions = &httpactions.Options{OptionalRequestID: true}
		if change != nil {
			change(o)
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() { guard.Watch(ctx, l.gateway.EndStale) })
	t.Cleanup(func() { cancel(); watching.Wait() })
	return l
}

// payload is what follows "40".
func payload(token string, more ...string) string {
	if token != "" {
		more = append(more, fmt.Sprintf(`"token":%q`, token))
	}
	if len(more) == 0 {
		return ""
	}
	return "{" + strings.Join(more, ",") + "}"
}

func (l *locked) request(method, path, body string, headers ...string) (*http.Response, string) {
	l.t.Helper()
	r, err := http.NewRequest(method, "http://"+l.address+path, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return response, string(text)
}

var sid = regexp.MustCompile(`"sid":"([^"]+)"`)

// poll joins a namespace by polling, and returns what the server says to it.
func (l *locked) poll(query, packet string, headers ...string) string {
	l.t.Helper()
	endpoint := "/sockethub/?EIO=4&transport=polling" + query
	_, open := l.request("GET", endpoint, "", headers...)
	if !strings.HasPrefix(open, "0{") {
		return open
	}
	endpoint += "&sid=" + sid.FindStringSubmatch(open)[1]
	l.request("POST", endpoint, packet)
	_, answer := l.request("GET", endpoint, "")
	return answer
}

const refusedText = `{"message":"a valid token is needed","data":{"code":"unauthorized"}}`

// Every way in, with every token: what is let in.
func TestEveryWayIn(t *testing.T) {
	l := startLocked(t, ratelimit.Limit{Max: 1000, Window: time.Minute}, nil)
	bearer := func(token string) []string {
		if token == "" {
			return nil
		}
		return []string{"Authorization: Bearer " + token}
	}
	echo := `{"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/dummy/v1.jsonld"],"type":"echo","actor":{"id":"a","type":"person"},"object":{"type":"message","content":"hi"}}`
	action := func(response *http.Response, text string) string {
		switch {
		case response.StatusCode == http.StatusUnauthorized:
			if response.Header.Get("WWW-Authenticate") != `Bearer realm="sockethub"` || text != `{"error":"a valid token is needed"}` {
				t.Errorf("401 with %q: %s", response.Header.Get("WWW-Authenticate"), text)
			}
			return "refused"
		case strings.Contains(text, "this token is not for the platform dummy"):
			return "in, no dummy"
		}
		return "in"
	}
	joined := func(packet string) string {
		switch {
		case packet == "44"+refusedText:
			return "refused"
		case strings.HasPrefix(packet, `40{"sid":`):
			return "in"
		}
		return packet
	}
	ways := map[string]func(token string) string{
		"polling, auth":     func(token string) string { return joined(l.poll("", "40"+payload(token))) },
		"polling, header":   func(token string) string { return joined(l.poll("", "40", bearer(token)...)) },
		"WebSocket, auth":   func(token string) string { return joined(l.webSocket("40" + payload(token))) },
		"WebSocket, header": func(token string) string { return joined(l.webSocket("40", bearer(token)...)) },
		"POST": func(token string) string {
			return action(l.request("POST", "/sockethub-http", echo, append(bearer(token), "Content-Type: application/json")...))
		},
		"GET": func(token string) string {
			return action(l.request("GET", "/sockethub-http/nobodys", "", bearer(token)...))
		},
		"recovery": func(token string) string {
			a := dial(t, l.address, payload(l.tokens["second"], `"recovery":true`))
			a.conn.Close()
			packet := l.webSocket("40" + payload(token, `"pid":"`+a.pid+`"`))
			if strings.Contains(packet, a.sid) {
				return "in, the session of another"
			}
			return joined(packet)
		},
	}
	want := map[string]string{"no": "refused", "wrong": "refused", "expired": "refused", "removed": "refused", "other": "in", "right": "in"}
	for way, try := range ways {
		for which, want := range want {
			if way == "POST" && which == "other" {
				want = "in, no dummy"
			}
			if got := try(l.tokens[which]); got != want {
				t.Errorf("%s with the token %q: %s, want %s", way, which, got, want)
			}
		}
	}
	for which, token := range l.tokens {
		if got := l.poll("", "40/second,"+payload(token)); got != `44/second,{"message":"Invalid namespace"}` {
			t.Errorf("a second namespace with the token %q: %s", which, got)
		}
		if response, text := l.request("GET", "/sockethub/?EIO=3&transport=polling", "", bearer(token)...); response.StatusCode != 400 || text != `{"code":5,"message":"Unsupported protocol version"}` {
			t.Errorf("an old client with the token %q: %s", which, text)
		}
	}
	// What stands in an address ends up in logs: it is not looked at.
	if got := joined(l.poll("&token="+l.tokens["right"]+"&auth="+l.tokens["right"], "40")); got != "refused" {
		t.Errorf("a token in the query string: %s", got)
	}
	if got := action(l.request("GET", "/sockethub-http/nobodys?access_token="+l.tokens["right"], "")); got != "refused" {
		t.Errorf("a token in the query string of an action: %s", got)
	}
	for _, path := range []string{"/livez", "/readyz", "/socket.io.js", "/sockethub-client.js"} {
		if response, _ := l.request("GET", path, ""); response.StatusCode != http.StatusOK {
			t.Errorf("GET %s without a token: %s", path, response.Status)
		}
	}
	for name, token := range l.tokens {
		if token != "" && strings.Contains(l.log.String(), token) {
			t.Errorf("the token %q is in the log", name)
		}
	}
	for _, line := range []string{`msg="token used" namespace=audit name=webapp address=127.0.0.1`, `refused: token has expired" namespace=audit name=yesterday address=127.0.0.1`, `msg="policy refusal: platform dummy" namespace=audit name=larder-only address=127.0.0.1`} {
		if !strings.Contains(l.log.String(), line) {
			t.Errorf("%s is missing in the log", line)
		}
	}
}

// webSocket joins over a WebSocket, and returns what the server says to it.
func (l *locked) webSocket(packet string, headers ...string) string {
	l.t.Helper()
	c := openWebSocket(l.t, l.address, headers...)
	c.write(packet)
	return c.read()
}

// A page of another origin may ask with the header, and is told so beforehand.
func TestPreflightNamesTheHeader(t *testing.T) {
	l := startLocked(t, ratelimit.Limit{}, nil)
	for _, path := range []string{"/sockethub-http", "/sockethub/?EIO=4&transport=polling"} {
		response, _ := l.request("OPTIONS", path, "", "Origin: https://page.example", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization")
		if got := strings.ToLower(response.Header.Get("Access-Control-Allow-Headers")); response.StatusCode != http.StatusNoContent || !strings.Contains(got, "authorization") {
			t.Errorf("%s: %s, %q", path, response.Status, got)
		}
	}
}

// A client sees the platforms that its token is for, and no other.
func TestTokenOfSomePlatforms(t *testing.T) {
	l := startLocked(t, ratelimit.Limit{}, nil)
	c := dial(t, l.address, payload(l.tokens["other"]))
	registry := c.emit("schemas")
	platforms := registry["platforms"].([]any)
	if len(platforms) != 1 || platforms[0].(map[string]any)["id"] != "larder" {
		t.Errorf("it sees %v", platforms)
	}
	if got := c.emit("schemas", registry["fingerprint"]); got["unchanged"] != true {
		t.Errorf("with its fingerprint: %v", got)
	}
	for _, event := range []string{"message", "credentials"} {
		a := say("connect", "")
		if event == "credentials" {
			a = secret("polly@cage.test", "cracker")
		}
		if got := c.emit(event, a); got["error"] != "this token is not for the platform parrot" || got["code"] != "unauthorized" {
			t.Errorf("%s: %v", event, got)
		}
	}
	if got := c.emit("message", activityOf("larder", "fetch", "a")); got["code"] == "unauthorized" {
		t.Errorf("its own platform: %v", got)
	}
}

// What one token asked for by HTTP is no other's to read.
func TestActionsOfAnotherToken(t *testing.T) {
	l := startLocked(t, ratelimit.Limit{}, nil)
	as := func(which string) string { return "Authorization: Bearer " + l.tokens[which] }
	first, _ := l.request("POST", "/sockethub-http", `[{"type":"none"}]`, as("right"), "X-Request-Id: same", "Content-Type: application/json")
	if first.StatusCode != http.StatusOK {
		t.Fatalf("POST: %s", first.Status)
	}
	if again, _ := l.request("GET", "/sockethub-http/same", "", as("right")); again.StatusCode != http.StatusOK || again.Header.Get("X-Idempotent-Replay") != "true" {
		t.Errorf("GET with the same token: %s", again.Status)
	}
	if other, _ := l.request("GET", "/sockethub-http/same", "", as("second")); other.StatusCode != http.StatusNotFound {
		t.Errorf("GET with another token: %s", other.Status)
	}
}

// A session comes back with the same token only, and while that is in force.
func TestRecoveryNeedsTheSameToken(t *testing.T) {
	l := startLocked(t, ratelimit.Limit{}, nil)
	a := dial(t, l.address, payload(l.tokens["right"], `"recovery":true`))
	a.conn.Close()
	if other := dial(t, l.address, payload(l.tokens["second"], `"pid":"`+a.pid+`"`)); other.sid == a.sid {
		t.Fatal("another token took over the session")
	}
	if back := dial(t, l.address, payload(l.tokens["right"], `"pid":"`+a.pid+`"`)); back.sid != a.sid {
		t.Error("the same token did not come back to its session")
	}
}

// A token that is taken out ends its sessions, and what is kept for those who may
// come back, within 10 s; other sessions stay.
func TestRemovedTokenEndsSessions(t *testing.T) {
	l := startLocked(t, ratelimit.Limit{}, nil)
	here := dial(t, l.address, payload(l.tokens["right"]))
	away := dial(t, l.address, payload(l.tokens["right"], `"recovery":true`))
	away.conn.Close()
	stays := dial(t, l.address, payload(l.tokens["second"]))
	began := time.Now()
	if err := auth.Remove(l.file, "webapp"); err != nil {
		t.Fatal(err)
	}
	if got := here.read(); got != "41" {
		t.Errorf("the client hears %q, want 41", got)
	}
	for here.read() != "" {
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	eventually(t, "what is kept goes too", func() bool { return l.gateway.Stats().Sessions == 1 })
	stays.quiet("error")
	if !strings.Contains(l.log.String(), `namespace=audit name=webapp address=127.0.0.1`) {
		t.Error("no line in the log")
	}
	// A broken file keeps the others in.
	if err := os.WriteFile(l.file, []byte("[\n{"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the line is said", func() bool { return strings.Contains(l.log.String(), "line 2: ") })
	dial(t, l.address, payload(l.tokens["second"]))
}

// A token that expires ends its sessions as one that is taken out does.
func TestExpiredTokenEndsSessions(t *testing.T) {
	l := startLocked(t, ratelimit.Limit{}, nil)
	here := dial(t, l.address, payload(l.tokens["brief"]))
	away := dial(t, l.address, payload(l.tokens["brief"], `"recovery":true`))
	away.conn.Close()
	began := time.Now()
	if got := here.read(); got != "41" {
		t.Errorf("the client hears %q, want 41", got)
	}
	if took := time.Since(began); took > 13*time.Second {
		t.Errorf("it took %v", took)
	}
	eventually(t, "what is kept goes too", func() bool { return l.gateway.Stats().Sessions == 0 })
	if got := l.webSocket("40" + payload(l.tokens["brief"], `"pid":"`+away.pid+`"`)); got != "44"+refusedText {
		t.Errorf("who comes back hears %s", got)
	}
}

// After too many wrong tokens an address is not even let to the door.
func TestTooManyWrongTokens(t *testing.T) {
	l := startLocked(t, ratelimit.Limit{Max: 3, Window: time.Minute, Block: time.Minute}, nil)
	for i := range 3 {
		if got := l.poll("", "40"+payload(fmt.Sprint("guess ", i))); got != "44"+refusedText {
			t.Fatalf("try %d: %s", i, got)
		}
	}
	if response, _ := l.request("GET", "/sockethub/?EIO=4&transport=polling", ""); response.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the handshake: %s", response.Status)
	}
	response, text := l.request("GET", "/sockethub-http/x", "", "Authorization: Bearer "+l.tokens["right"])
	if response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") != "60" {
		t.Errorf("an action: %s, Retry-After %q: %s", response.Status, response.Header.Get("Retry-After"), text)
	}
}

// Guesses in one session are counted like those in many.
func TestGuessesInOneSession(t *testing.T) {
	l := startLocked(t, ratelimit.Limit{Max: 3, Window: time.Minute, Block: time.Minute}, nil)
	c := openWebSocket(t, l.address)
	for i := range 4 {
		c.write("40" + payload(fmt.Sprint("guess ", i)))
		want := "44" + refusedText
		if i == 3 {
			want = `44{"message":"too many wrong tokens from this address, try again later","data":{"code":"rate_limited"}}`
		}
		if got := c.read(); got != want {
			t.Errorf("guess %d: %s", i, got)
		}
	}
}

func TestConnectionsOfAToken(t *testing.T) {
	l := startLocked(t, ratelimit.Limit{}, func(o *Options) { o.Limits.ConnectionsPerToken = 2 })
	a := dial(t, l.address, payload(l.tokens["right"]))
	a.quiet("error") // it is counted a moment after it has heard that it is in
	dial(t, l.address, payload(l.tokens["right"])).quiet("error")
	third := dial(t, l.address, payload(l.tokens["right"]))
	if got := third.event("error"); got["summary"] != textTokenFull {
		t.Errorf("the third hears %v", got)
	}
	dial(t, l.address, payload(l.tokens["second"])).quiet("error")
	a.conn.Close()
	eventually(t, "a place is free", func() bool {
		c := dial(t, l.address, payload(l.tokens["right"]))
		c.write(`420["schemas","none"]`)
		return !strings.HasPrefix(c.read(), `42["error"`)
	})
}

// One client inside its limits cannot keep a second one from starting an instance.
func TestInstancesOfAToken(t *testing.T) {
	l := startLocked(t, ratelimit.Limit{}, func(o *Options) { o.Limits.MaxInstances, o.Limits.InstancesPerToken = 3, 2 })
	connect := func(c *client, bird string) any {
		c.emit("credentials", secret(bird+"@cage.test", "cracker"))
		return c.emit("message", activityOf("parrot", "connect", bird+"@cage.test"))["error"]
	}
	greedy := dial(t, l.address, payload(l.tokens["right"]))
	again := dial(t, l.address, payload(l.tokens["right"]))
	for i, c := range []*client{greedy, again} {
		if err := connect(c, fmt.Sprint("polly", i)); err != nil {
			t.Fatal(err)
		}
	}
	const full = "platform instance limit of a token reached (2); cannot start new parrot instance"
	for _, c := range []*client{greedy, again} {
		if err := connect(c, "jack"); err != full {
			t.Errorf("one too many: %v", err)
		}
	}
	if err := connect(dial(t, l.address, payload(l.tokens["second"])), "rose"); err != nil {
		t.Errorf("another token: %v", err)
	}
}
