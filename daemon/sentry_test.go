package daemon

import (
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// collector is a Sentry server that keeps what it is sent.
type collector struct {
	*httptest.Server
	mu   sync.Mutex // guards text
	text strings.Builder
}

func newCollector(t *testing.T) *collector {
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(body)
			if err != nil {
				t.Error(err)
				return
			}
			body = z
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		c.text.Write(text)
		c.mu.Unlock()
		io.WriteString(w, "{}")
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) variable() string {
	return "SENTRY_DSN=" + strings.Replace(c.URL, "http://", "http://key@", 1) + "/1"
}

func (c *collector) has(pattern string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return regexp.MustCompile(pattern).MatchString(c.text.String())
}

// The death of a worker, which has no way to Sentry of its own, is
// reported, and nothing that the client said goes with it.
func TestWorkerDeathIsReported(t *testing.T) {
	sentry := newCollector(t)
	p := start(t, `{"platforms":["dummy"],"shutdown":{"timeoutMs":1000}}`, []string{sentry.variable()})
	c := join(t, p.url())
	c.send(dummyMessage("sigkill", "alice@secret.example", "hunter2"))
	if answer := c.poll(); !strings.Contains(answer, `"error":`) {
		t.Errorf("the message is answered with %q", answer)
	}
	eventually(t, "the worker's death is reported", func() bool {
		return sentry.has(`"process":"platform"`) && sentry.has(`worker ended: [^"]*SIGKILL`)
	})
	for _, secret := range []string{"hunter2", "alice", "secret.example"} {
		if sentry.has(secret) {
			t.Errorf("%q has left for Sentry", secret)
		}
	}
}

// An error of the server itself is reported, without what the operator wrote.
func TestServerErrorIsReported(t *testing.T) {
	sentry := newCollector(t)
	p := start(t, `{"platforms":["dummy"],"shutdown":{"timeoutMs":1000}}`, []string{sentry.variable()})
	p.url()
	p.write(`{"redis":{"url":"redis://u:hunter2@secret.example:99999"},"public":{"host":"bad host at alice@secret.example"}}`)
	p.signal(syscall.SIGHUP)
	p.await("reload refused")
	eventually(t, "the refused reload is reported", func() bool {
		return sentry.has(`"process":"server"`) && sentry.has(`reload refused`)
	})
	p.signal(syscall.SIGTERM)
	p.end()
	for _, secret := range []string{"hunter2", "alice", "secret.example", p.dir} {
		if sentry.has(regexp.QuoteMeta(secret)) {
			t.Errorf("%q has left for Sentry", secret)
		}
	}
}

// What clients do wrong, and what platforms could not do for them, is no
// error of the server.
func TestFailuresOfClientsAreNotReported(t *testing.T) {
	sentry := newCollector(t)
	p := start(t, `{"platforms":["dummy"],"shutdown":{"timeoutMs":1000}}`, []string{sentry.variable()})
	c := join(t, p.url())
	for _, packet := range []string{dummyMessage("fail", "alice", "hunter2"), dummyMessage("sing", "alice", "hunter2"), `420["message",{"hunter2":1}]`, `420["credentials",5]`} {
		c.send(packet)
		if answer := c.poll(); !strings.Contains(answer, `"error":`) {
			t.Errorf("%s is answered with %s", packet, answer)
		}
	}
	p.signal(syscall.SIGTERM)
	if err := p.end(); err != nil { // it flushes what it has to report
		t.Errorf("it ended with %v", err)
	}
	if !sentry.has(`"sockethub.action.failed"`) {
		t.Error("the failed action was not counted")
	}
	if sentry.has(`"type":"event"|"exception"|hunter2|alice`) {
		t.Errorf("it has reported %s", &sentry.text)
	}
}

// A start that fails is reported before the program ends.
func TestFailedStartIsReported(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	sentry := newCollector(t)
	p := start(t, `{}`, []string{sentry.variable(), fmt.Sprint("PORT=", l.Addr().(*net.TCPAddr).Port)})
	if err := p.end(); err == nil {
		t.Error("it ended well")
	}
	if !sentry.has(`"level":"fatal"`) || !sentry.has("address already in use") {
		t.Error("nothing was reported")
	}
}
