package httpactions

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/ratelimit"
)

// patience for what must happen, however slow the machine is.
const waitLimit = 20 * time.Second

// platforms is a Pipeline whose jobs are done at once, as the dummy platform
// and others without a connection would: only those of exit1 and connect wait
// until release.
type platforms struct {
	checks  *middleware.Pipeline
	waiting chan func() // what release calls

	mu    sync.Mutex
	log   []string // what happened, in order
	ended chan string
}

func newPlatforms() *platforms {
	return &platforms{
		checks:  middleware.New(publishedRegistry()),
		waiting: make(chan func(), 100),
		ended:   make(chan string, 100),
	}
}

// publishedRegistry is the registry of the server whose callers ours must
// satisfy, with all its platforms.
var publishedRegistry = sync.OnceValue(func() *activity.Registry {
	data, err := os.ReadFile("testdata/registry.json")
	if err != nil {
		panic(err)
	}
	file, err := activity.ParseObject(data)
	if err != nil {
		panic(err)
	}
	var list []activity.Platform
	for _, v := range file.Object("full").Get("platforms").([]any) {
		o := v.(*activity.Object)
		p := activity.Platform{
			ID: o.Text("id"), Version: o.Text("version"), ContextURL: o.Text("contextUrl"),
			ContextVersion: o.Text("contextVersion"), SchemaVersion: o.Text("schemaVersion"),
			Messages: activity.AppendJSON(nil, o.Object("schemas").Get("messages")),
		}
		if o.Get("types").([]any)[0] == "credentials" {
			p.Credentials = activity.AppendJSON(nil, o.Object("schemas").Get("credentials"))
		}
		list = append(list, p)
	}
	registry, err := activity.NewRegistry("1", list)
	if err != nil {
		panic(err)
	}
	return registry
})

func (p *platforms) note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, text)
}

func (p *platforms) Begin(who Identity) Caller { return &fakeCaller{p: p, who: who} }

type fakeCaller struct {
	p      *platforms
	who    Identity
	stored []string
}

func (s *fakeCaller) Credentials(_ context.Context, a *activity.Object) error {
	accepted, err := s.p.checks.Credentials(a)
	if err != nil {
		return err
	}
	s.stored = append(s.stored, accepted.Platform.ID+":"+accepted.ActorID)
	s.p.note("credentials " + accepted.ActorID)
	return nil
}

func (s *fakeCaller) Message(_ context.Context, a *activity.Object, done func([]byte)) {
	accepted, err := s.p.checks.Message(a)
	if err != nil {
		done(middleware.FailureAck(a, err.Error()))
		return
	}
	out := accepted.Activity.Clone()
	answer := func() {
		middleware.Stamp(accepted.Platform, out, accepted.Legacy)
		done(activity.AppendJSON(nil, out))
	}
	content := out.Object("object").Text("content")
	s.p.note(accepted.Type + " " + accepted.ActorID)
	switch accepted.Platform.ID + " " + accepted.Type {
	case "dummy echo", "dummy greet":
		out.Set("target", out.Get("actor"))
		out.Set("actor", activity.NewObject(activity.Member{Name: "id", Value: "dummy"}, activity.Member{Name: "type", Value: "platform"}))
		if accepted.Type == "greet" {
			out.Object("object").Set("content", "Hello "+content)
		}
	case "dummy fail":
		out.Set("error", "Error: "+content)
	case "irc connect":
		out.Set("error", "unable to connect to server: connection refused")
		s.p.waiting <- answer
		return
	case "dummy exit1":
		s.p.waiting <- answer
		return
	case "caldav fetch":
		out.Set("error", "Error: credentials not found for caldav:"+accepted.ActorID)
	case "irc join":
		out.Set("error", "join called on uninitialized platform")
	}
	answer()
}

func (s *fakeCaller) End() {
	s.p.ended <- s.who.ID
}

// next waits for a job that is kept waiting.
func (p *platforms) next(t testing.TB) (release func()) {
	t.Helper()
	select {
	case release = <-p.waiting:
		return release
	case <-time.After(waitLimit):
		t.Fatal("no job arrived")
		return nil
	}
}

// server is a running Handler.
type server struct {
	*Handler
	t         testing.TB
	platforms *platforms
	address   string
}

func start(t testing.TB, o Options) *server {
	t.Helper()
	s := &server{t: t}
	if o.Pipeline == nil {
		s.platforms = newPlatforms()
		o.Pipeline = s.platforms
	}
	if o.Replay == nil || o.Limiter == nil {
		store, err := queue.OpenMemory(queue.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close(context.Background()) })
		if o.Replay == nil {
			o.Replay = store.Replay()
		}
		if o.Limiter == nil {
			o.Limiter = store.Limiter()
		}
	}
	s.Handler = New(o)
	web := httptest.NewServer(s.Handler)
	t.Cleanup(func() {
		// Whatever still runs ends before the server waits for it.
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s.Shutdown(ctx)
		web.Close()
	})
	s.address = web.Listener.Addr().String()
	return s
}

// exchange is a request that has been sent and not answered yet.
type exchange struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
}

// send writes a request as it stands.
func (s *server) send(request string) *exchange {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(waitLimit))
	if _, err := io.WriteString(conn, request); err != nil {
		// The answer may be there although not everything was read.
		s.t.Logf("send: %v", err)
	}
	return &exchange{s.t, conn, bufio.NewReader(conn)}
}

// response is what came back, read to its end.
type response struct {
	*http.Response
	body []byte
}

func (x *exchange) response(method string) response {
	x.t.Helper()
	r, err := http.ReadResponse(x.r, &http.Request{Method: method})
	if err != nil {
		x.t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		x.t.Fatal(err)
	}
	return response{r, body}
}

func (s *server) do(request string) response {
	s.t.Helper()
	method, _, _ := strings.Cut(request, " ")
	return s.send(request).response(method)
}

// raw writes a request with a body.
func raw(method, path, headers, body string) string {
	var b strings.Builder
	b.WriteString(method + " " + path + " HTTP/1.1\r\nHost: orchard.test\r\n" + headers)
	b.WriteString("Content-Length: " + itoa(len(body)) + "\r\n\r\n" + body)
	return b.String()
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

// post is a POST of JSON under an id.
func post(id, body string) string {
	return raw("POST", "/sockethub-http", "Content-Type: application/json\r\nX-Request-Id: "+id+"\r\n", body)
}

func get(id string) string {
	return "GET /sockethub-http/" + id + " HTTP/1.1\r\nHost: orchard.test\r\n\r\n"
}

// message is an activity for the dummy platform.
func message(kind, content string) string {
	return `{"@context":["` + activity.ContextAS + `","` + activity.ContextSockethub + `","` + activity.PlatformContextURL("dummy") +
		`"],"type":"` + kind + `","actor":{"id":"wren@hedge.test","type":"person"},"object":{"type":"message","content":"` + content + `"}}`
}

// contents are what identifies the lines of a response.
func (r response) contents(t testing.TB) string {
	t.Helper()
	var list []string
	for line := range bytes.Lines(r.body) {
		o, err := activity.ParseObject(bytes.TrimSpace(line))
		if err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		switch {
		case o.Text("error") != "":
			list = append(list, o.Text("error"))
		case o.Text("type") == "credentials-ack":
			list = append(list, "credentials")
		default:
			list = append(list, o.Object("object").Text("content"))
		}
	}
	return strings.Join(list, ", ")
}

// brokenStore fails as a store does whose server is gone.
type brokenStore struct{}

var errBroken = errors.New("the store is unavailable")

func (brokenStore) Begin(context.Context, string, [32]byte, time.Duration) (queue.Record, error) {
	return queue.Record{}, errBroken
}
func (brokenStore) Append(context.Context, string, []byte) error      { return errBroken }
func (brokenStore) Complete(context.Context, string, ...[]byte) error { return errBroken }
func (brokenStore) Read(context.Context, string) (queue.Record, error) {
	return queue.Record{}, errBroken
}
func (brokenStore) Count(context.Context, string, time.Duration) (ratelimit.Count, error) {
	return ratelimit.Count{}, errBroken
}
func (brokenStore) Extend(context.Context, string, time.Duration) error { return errBroken }
