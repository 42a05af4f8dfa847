package sentry

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/gateway/telemetry"
)

// fakeSentry takes envelopes as a Sentry server does.
type fakeSentry struct {
	*httptest.Server
	status int // of its answers; 0 means 200

	mu    sync.Mutex // guards the fields below
	items []item
	raw   string
}

// item is a part of an envelope: a header line, then as many bytes as it says
// or else a line.
type item struct {
	kind string
	body map[string]any
}

func newFakeSentry(t *testing.T) *fakeSentry {
	f := &fakeSentry{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/42/envelope/" || !strings.Contains(r.Header.Get("X-Sentry-Auth"), "sentry_key=key") {
			t.Errorf("request for %s with %q", r.URL, r.Header.Get("X-Sentry-Auth"))
		}
		if err := f.take(r); err != nil {
			t.Error(err)
		}
		if f.status != 0 {
			w.WriteHeader(f.status)
		}
		fmt.Fprint(w, "{}")
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fakeSentry) take(r *http.Request) error {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			return err
		}
		body = z
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.raw += string(text)
	lines := bufio.NewReader(bytes.NewReader(text))
	if _, err := lines.ReadBytes('\n'); err != nil { // of the envelope
		return err
	}
	for {
		head, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(head)) == 0 {
			return nil
		}
		var header struct {
			Type   string
			Length int
		}
		if e := json.Unmarshal(head, &header); e != nil || err != nil {
			return fmt.Errorf("item header %q: %v, %v", head, e, err)
		}
		var payload []byte
		if header.Length > 0 {
			payload = make([]byte, header.Length)
			_, err = io.ReadFull(lines, payload)
			lines.ReadByte() // the line's end
		} else {
			payload, err = lines.ReadBytes('\n')
			if err == io.EOF {
				err = nil
			}
		}
		i := item{kind: header.Type}
		if e := json.Unmarshal(payload, &i.body); e != nil || err != nil {
			return fmt.Errorf("item %s %q: %v, %v", header.Type, payload, e, err)
		}
		f.items = append(f.items, i)
	}
}

// dsn names project 42 of the fake.
func (f *fakeSentry) dsn() string {
	return strings.Replace(f.URL, "http://", "http://key@", 1) + "/42"
}

// got returns the items of a kind that have come; event stands for errors and
// messages.
func (f *fakeSentry) got(kind string) []map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []map[string]any
	for _, i := range f.items {
		if i.kind == kind {
			list = append(list, i.body)
		}
	}
	return list
}

func (f *fakeSentry) text() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.raw
}

func (f *fakeSentry) reporter(t *testing.T, change func(*Options)) *Reporter {
	t.Helper()
	o := Options{DSN: f.dsn(), Environment: "test", Release: "sockethub@1", Metrics: true, TracesSampleRate: 1}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(time.Minute) })
	return s
}

// at follows keys and indexes into what came.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

// What a client or peer said: none of it may leave.
const (
	plantedURL     = "https://user:hunter2@private.example/secret?token=hunter2"
	plantedActor   = "alice@irc.example.net"
	plantedIP      = "203.0.113.77"
	plantedIP6     = "2001:db8::77"
	plantedText    = "meet me at the harbour"
	plantedMessage = "join #room for " + plantedActor + " at " + plantedIP + " and [" + plantedIP6 + "]:6697: GET " + plantedURL + ": peer said \"" + plantedText + "\""
)

func assertNothingPlanted(t *testing.T, f *fakeSentry) {
	t.Helper()
	text := f.text()
	for _, secret := range []string{"hunter2", "private.example", plantedActor, "alice", plantedIP, plantedIP6, plantedText} {
		if strings.Contains(text, secret) {
			t.Errorf("%q has left for Sentry:\n%s", secret, text)
		}
	}
}

// Errors carry no actor, address or text.
func TestErrorsAreRedacted(t *testing.T) {
	f := newFakeSentry(t)
	s := f.reporter(t, nil)
	l := telemetry.NewLog(telemetry.LogOptions{Forward: s.Line})
	defer l.Close(time.Minute)
	log := l.Logger().With("session", plantedActor, "url", plantedURL)
	log.Error("store credentials", "error", fmt.Errorf("store: %w", errors.New(plantedMessage)), "namespace", "server:core:"+plantedText)
	log.Error("panic in a handler", "panic", plantedMessage, "stack", "goroutine 1 [running]:\nmain.main()")
	log.With("platform", "irc", "instance", plantedActor).Error("worker ended", "cause", plantedMessage)
	log.Warn("no error: " + plantedMessage)
	if !s.Flush(time.Minute) {
		t.Fatal("the reports were not sent")
	}
	events := f.got("event")
	if len(events) != 3 {
		t.Fatalf("%d events came, want 3:\n%s", len(events), f.text())
	}
	assertNothingPlanted(t, f)
	processes := map[any]int{}
	for _, e := range events {
		processes[at(e, "tags", "process")]++
		if at(e, "tags", "service") != "sockethub" || at(e, "environment") != "test" || at(e, "release") != "sockethub@1" {
			t.Errorf("tags %v, environment %v, release %v", at(e, "tags"), at(e, "environment"), at(e, "release"))
		}
		if at(e, "tags", "process") == "platform" {
			if got := at(e, "exception", 0, "value"); got != "worker ended: join #room for [address] at [ip] and [[ip]]:6697: GET [url] peer said [text]" {
				t.Errorf("worker error reads %q", got)
			}
			if at(e, "tags", "platform") != "irc" || at(e, "exception", 0, "type") != "worker error" {
				t.Errorf("a worker error is %v", e)
			}
		}
	}
	if !strings.Contains(f.text(), "main.main()") {
		t.Error("the stack of a panic is missing")
	}
	if processes["server"] != 2 || processes["platform"] != 1 {
		t.Errorf("events by process: %v", processes)
	}
}

// An operator who says so gets everything.
func TestDefaultPIILeavesTexts(t *testing.T) {
	f := newFakeSentry(t)
	s := f.reporter(t, func(o *Options) { o.SendDefaultPII = true })
	s.Line(telemetry.Line{Level: slog.LevelError, Message: plantedMessage})
	s.Flush(time.Minute)
	if !strings.Contains(f.text(), plantedActor) || !strings.Contains(f.text(), plantedText) {
		t.Errorf("texts are missing:\n%s", f.text())
	}
}

// A fault that everybody runs into is reported once a minute.
func TestRepeatsAreNotSent(t *testing.T) {
	f := newFakeSentry(t)
	s := f.reporter(t, nil)
	for range 50 {
		s.Line(telemetry.Line{Level: slog.LevelError, Message: "the same"})
		s.Line(telemetry.Line{Level: slog.LevelError, Message: "the same", Platform: "irc"})
		s.Line(telemetry.Line{Level: slog.LevelError, Message: "the same", Platform: "irc", Detail: "another"})
	}
	s.Flush(time.Minute)
	if n := len(f.got("event")); n != 3 {
		t.Errorf("%d events came, want 3", n)
	}
	var r repeats
	now := time.Now()
	if !r.first("a", now) || r.first("a", now.Add(repeatAfter-1)) || !r.first("a", now.Add(repeatAfter)) {
		t.Error("a text is to be reported once a minute")
	}
	for i := range 3 * maxRepeats {
		r.first(fmt.Sprint(i), now)
	}
	if len(r.last) > maxRepeats {
		t.Errorf("%d texts are remembered", len(r.last))
	}
}

// A crash is with Sentry before the program ends.
func TestFatalIsSentBeforeTheEnd(t *testing.T) {
	f := newFakeSentry(t)
	var stderr bytes.Buffer
	s := f.reporter(t, func(o *Options) { o.Stderr = &stderr })
	s.Fatal(errors.New("cannot go on for " + plantedActor))
	events := f.got("event") // no Flush: Fatal has waited
	if len(events) != 1 || at(events[0], "level") != "fatal" {
		t.Errorf("got %v", events)
	}
	if stderr.Len() > 0 {
		t.Errorf("stderr has %q", &stderr)
	}
	assertNothingPlanted(t, f)
}

func TestFatalGivesUp(t *testing.T) {
	release := make(chan struct{})
	stuck := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer stuck.Close()
	defer close(release)
	var stderr bytes.Buffer
	s, err := New(Options{DSN: strings.Replace(stuck.URL, "http://", "http://key@", 1) + "/1", Stderr: &stderr})
	if err != nil {
		t.Fatal(err)
	}
	s.Fatal(errors.New("x"))
	if got := stderr.String(); got != "fatal-error-flush timed out; event may be lost\n" {
		t.Errorf("stderr has %q", got)
	}
}

func TestActions(t *testing.T) {
	f := newFakeSentry(t)
	s := f.reporter(t, nil)
	m := telemetry.NewMetrics("1", s)
	m.Opened("websocket", 1)
	m.Closed("transport close", 0)
	m.Rejected("address")
	m.Start("irc", "send").End("ok")
	m.Start("feeds", "fetch").End("error")
	if !s.Flush(time.Minute) {
		t.Fatal("not sent")
	}
	spans := map[string]string{}
	for _, transaction := range f.got("transaction") {
		trace := at(transaction, "contexts", "trace")
		if at(trace, "op") != "sockethub.action" {
			t.Errorf("op %v", at(trace, "op"))
		}
		spans[fmt.Sprint(at(transaction, "transaction"), " ", at(trace, "data", "platform"), " ", at(trace, "data", "action"))] = fmt.Sprint(at(trace, "status"))
	}
	if len(spans) != 2 || spans["irc.send irc send"] != "ok" || spans["feeds.fetch feeds fetch"] != "internal_error" {
		t.Errorf("transactions %v", spans)
	}
	metrics := map[string]any{}
	for _, batch := range f.got("trace_metric") {
		items, _ := at(batch, "items").([]any)
		for _, m := range items {
			name := fmt.Sprint(at(m, "name"))
			if platform := at(m, "attributes", "platform", "value"); platform != nil {
				name += fmt.Sprint(" ", platform, " ", at(m, "attributes", "action", "value"))
			}
			metrics[name] = at(m, "value")
			if name == "sockethub.action.duration irc send" && (at(m, "unit") != "millisecond" || at(m, "type") != "distribution") {
				t.Errorf("duration is %v", m)
			}
		}
	}
	for name, want := range map[string]any{
		"sockethub.connection.opened": 1.0, "sockethub.connection.closed": 1.0, "sockethub.connection.rejected": 1.0,
		"sockethub.connection.active":         0.0,
		"sockethub.action.started irc send":   1.0,
		"sockethub.action.completed irc send": 1.0, "sockethub.action.failed feeds fetch": 1.0,
	} {
		if metrics[name] != want {
			t.Errorf("%s is %v, want %v; all: %v", name, metrics[name], want, metrics)
		}
	}
	if _, ok := metrics["sockethub.action.duration feeds fetch"]; !ok {
		t.Errorf("durations are missing: %v", metrics)
	}
}

func TestLogForwarding(t *testing.T) {
	f := newFakeSentry(t)
	s := f.reporter(t, func(o *Options) { o.LogLevels = []slog.Level{slog.LevelWarn} })
	l := telemetry.NewLog(telemetry.LogOptions{Forward: s.Line})
	defer l.Close(time.Minute)
	log := l.Logger()
	log.Warn(plantedMessage, "namespace", "server:core:Session12345", "password", "hunter2")
	log.Info("this is not among the levels")
	log.Warn("worker", "namespace", "platform:irc:abc123:main")
	if !s.Flush(time.Minute) {
		t.Fatal("not sent")
	}
	assertNothingPlanted(t, f)
	var got []string
	for _, batch := range f.got("log") {
		items, _ := at(batch, "items").([]any)
		for _, i := range items {
			got = append(got, fmt.Sprint(at(i, "level"), " ", at(i, "attributes", "namespace", "value")))
		}
	}
	if text := strings.Join(got, ", "); text != "warn sockethub:server:core, warn sockethub:platform:irc" {
		t.Errorf("forwarded %s", text)
	}
}

// Success means that Sentry has said so.
func TestTestEventIsConfirmed(t *testing.T) {
	f := newFakeSentry(t)
	if err := f.reporter(t, nil).Test(time.Minute); err != nil {
		t.Error(err)
	}
	if events := f.got("event"); len(events) != 1 || at(events[0], "message") != "Sockethub test event" || at(events[0], "level") != "info" {
		t.Errorf("got %v", events)
	}
	refusing := newFakeSentry(t)
	refusing.status = http.StatusForbidden
	if err := refusing.reporter(t, nil).Test(time.Minute); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("a refused event: %v", err)
	}
	gone := newFakeSentry(t)
	dsn := gone.dsn()
	gone.Close()
	s, err := New(Options{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Test(time.Minute); err == nil {
		t.Error("an event for nobody was called sent")
	}
}

func TestWithoutDSN(t *testing.T) {
	s, err := New(Options{})
	if s != nil || err != nil {
		t.Fatalf("got %v, %v", s, err)
	}
	// Nothing of it does anything, least of all panic.
	s.Fatal(errors.New("x"))
	s.Line(telemetry.Line{Level: slog.LevelError, Message: "a"})
	m := telemetry.NewMetrics("1", s)
	m.Opened("websocket", 1)
	m.Closed("transport close", 0)
	m.Rejected("address")
	m.Start("a", "b").End("ok")
	s.Close(0)
	if !s.Flush(0) {
		t.Error("nothing is always sent in time")
	}
	if _, err := New(Options{DSN: "nonsense"}); err == nil {
		t.Error("a DSN that is none was accepted")
	}
}

func TestRedact(t *testing.T) {
	tests := []struct{ in, want string }{
		{"nothing to hide: job 7 of 12, v1.2", "nothing to hide: job 7 of 12, v1.2"},
		{"see http://a.example/b?c=d#e, or wss://x:1", "see [url] or [url]"},
		{"alice@irc.example.net left", "[address] left"},
		{"room@localhost/nick", "[address]/nick"},
		{"dial tcp 192.0.2.1:6667: refused", "dial tcp [ip]:6667: refused"},
		{"peer ::1 and fe80::1.", "peer [ip] and [ip]."},
		{"dial tcp [2001:db8::1]:443: i/o timeout", "dial tcp [[ip]]:443: i/o timeout"},
		{"::ffff:192.0.2.1 left", "[ip] left"},
		{"version 1.2.3.4", "version [ip]"},
		{"192.0.2.1:6667 and 192.0.2.1:192.0.2.2", "[ip]:6667 and [ip]:[ip]"},
		{"listening on [::]:10550", "listening on [::]:10550"},
		{"2001:db8::, 2001:db8::1::", "[ip], [ip]::"},
		{"ws://localhost:10550", "[url]"},
		{"listening on port :10550", "listening on port :10550"},
		{"at 12:30:05 sockethub:server:core", "at 12:30:05 sockethub:server:core"},
		{`he said "a \"b\" c" twice`, `he said [text] twice`},
		{"", ""},
	}
	for _, tt := range tests {
		if got := Redact(tt.in); got != tt.want {
			t.Errorf("Redact(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("a ", "192.0.2.1", " b")
	f.Add("tcp [", "2001:db8::1", "]:443")
	f.Add("", "a::db81::", "")
	f.Fuzz(func(t *testing.T, before, address, after string) {
		Redact(before + address + after)
		if got := Redact(address); Redact(got) != got {
			t.Errorf("%q became %q, and that %q", address, got, Redact(got))
		}
	})
}
