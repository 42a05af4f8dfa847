package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/gomodule/redigo/redis"
)

// What is planted: nobody but the worker that needs it may ever see it.
const (
	plantedPassword = "PLANTED-password-5f2c"
	plantedSecret   = "PLANTED-server-secret-91d0-91d0-91d0"
	plantedRedis    = "PLANTED-redis-password-77aa"
	plantedText     = "PLANTED-message-text-0b3e"
)

// sentry is a server that keeps what it is sent.
type sentry struct {
	*httptest.Server
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func startSentry(t *testing.T) *sentry {
	s := &sentry{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(body)
			if err != nil {
				t.Error(err)
				return
			}
			body = z
		}
		s.mu.Lock()
		io.Copy(&s.text, body)
		s.mu.Unlock()
		io.WriteString(w, "{}")
	}))
	t.Cleanup(s.Close)
	return s
}

// Secrets that clients and operators hand over are in no log, error text,
// report, metric, Redis or process but where they are needed.
func TestSecretsStayWhereTheyBelong(t *testing.T) {
	path, err := filepath.Abs("../platforms/echo.sh")
	if err != nil {
		t.Fatal(err)
	}
	r := startRedis(t, true)
	admin, err := redis.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.Do("CONFIG", "SET", "requirepass", plantedRedis); err != nil {
		t.Fatal(err)
	}
	reports := startSentry(t)
	file := filepath.Join(t.TempDir(), "sockethub.log")
	operators := freeAddress(t)
	s := startServer(t, withStore(map[string]any{
		"platforms":   []string{"dummy", "feeds", path},
		"logging":     map[string]any{"level": "debug", "file": file},
		"httpActions": map[string]any{"enabled": true},
		"admin":       map[string]any{"listen": operators},
		"sentry":      map[string]any{"enableLogs": true, "logLevels": []string{"debug", "info", "warn", "error"}, "tracesSampleRate": 1},
	}), "REDIS_URL=redis://:"+plantedRedis+"@"+r.address, "SOCKETHUB_SECRET="+plantedSecret,
		"SENTRY_DSN="+strings.Replace(reports.URL, "http://", "http://key@", 1)+"/1")
	c := startClients(t).connect("c", s.url, transports["websocket"])
	var texts []string // errors and codes that clients read
	note := func(a map[string]any) {
		texts = append(texts, fmt.Sprint(a["error"], a["code"]))
	}

	credentials := shell("credentials", plantedPassword)
	if got := c.emit("credentials", credentials); strings.Contains(fmt.Sprint(got), plantedPassword) {
		t.Errorf("credentials are sent back: %v", got)
	}
	c.mustEmit("message", shell("connect", ""))
	c.mustEmit("message", shell("echo", plantedText))
	var processes strings.Builder
	for _, platform := range []string{"echo-shell", "dummy", "feeds"} {
		c.emit("message", dummy("echo", plantedText))
		for _, pid := range s.workers(platform) {
			for _, name := range []string{"cmdline", "environ"} {
				text, _ := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), name))
				processes.Write(text)
			}
		}
	}
	if processes.Len() == 0 {
		t.Fatal("no worker was found")
	}
	// Whatever goes wrong with them.
	wrong := shell("credentials", plantedPassword)
	wrong["@context"] = contexts("nobody")
	note(c.emit("credentials", wrong))
	wrong = shell("credentials", plantedPassword)
	wrong["object"] = []any{plantedPassword}
	note(c.emit("credentials", wrong))
	wrong = shell("credentials", plantedPassword)
	wrong["token"] = map[string]any{plantedPassword: plantedPassword}
	note(c.emit("credentials", wrong))
	hang := c.start(1, "message", dummy("hang", plantedText))
	eventually(t, "the hanging job is answered", func() bool {
		for _, platform := range []string{"echo-shell", "dummy"} {
			for _, pid := range s.workers(platform) {
				syscall.Kill(pid, syscall.SIGKILL)
			}
		}
		return len(hang) > 0
	})
	note(ack(t, <-hang))
	note(c.emit("message", map[string]any{
		"@context": contexts("feeds"), "type": "fetch",
		"actor": map[string]any{"type": "feed", "id": "http://user:" + plantedPassword + "@127.0.0.1:1/feed.xml?key=" + plantedPassword},
	}))
	raw := s.dialRaw()
	raw.write(`420["credentials",{"object":{"password":"` + plantedPassword + `",}}]`)
	raw.read()
	res := s.post("planted-1", credentials, shell("echo", plantedText))
	body, _ := io.ReadAll(res.Body)
	texts = append(texts, strings.ReplaceAll(string(body), plantedText, ""))
	broken := `[{"password":"` + plantedPassword + `",]`
	_, body = s.do(recordedRequest{Method: "POST", Path: "/sockethub-http", Headers: map[string]string{"Content-Type": "application/json"}, Body: &broken})
	texts = append(texts, string(body))

	_, metrics := get(t, "http://"+operators+"/metrics")
	_, ready := get(t, "http://"+operators+"/readyz?verbose")
	dump := r.contents(admin)
	for _, key := range r.keysOf(admin) {
		if ttl, err := redis.Int(admin.Do("PTTL", key)); err == nil && ttl == -1 {
			t.Errorf("%s has no time to live", key)
		}
	}
	if err := s.stop(syscall.SIGTERM); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	written, err := filepath.Glob(filepath.Join(r.dir, "appendonlydir", "*"))
	if err != nil || len(written) == 0 {
		t.Fatalf("what Redis wrote: %v, %v", written, err)
	}
	for _, name := range written {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		dump += string(text)
	}
	logged, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	reports.mu.Lock()
	reported := reports.text.String()
	reports.mu.Unlock()
	if reported == "" {
		t.Error("nothing was reported, so nothing was looked at")
	}
	for place, text := range map[string]string{
		"the console": s.log.String(), "the log file": string(logged), "what workers are started with": processes.String(),
		"Redis": dump, "error texts": strings.Join(texts, "\n"), "metrics": metrics, "readiness": ready, "Sentry": reported,
	} {
		for _, planted := range []string{plantedPassword, plantedSecret, plantedRedis, plantedText} {
			if at := strings.Index(text, planted); at >= 0 {
				t.Errorf("%s is in %s: …%q", planted, place, text[max(0, at-300):at+len(planted)])
			}
		}
	}
}

// contents is all that Redis holds, as it stores it.
func (r *redisServer) contents(c redis.Conn) string {
	r.t.Helper()
	var all strings.Builder
	for _, key := range r.keysOf(c) {
		value, err := redis.String(c.Do("DUMP", key))
		if err != nil && err != redis.ErrNil {
			r.t.Fatal(err)
		}
		all.WriteString(key + value)
	}
	return all.String()
}

func (r *redisServer) keysOf(c redis.Conn) []string {
	r.t.Helper()
	keys, err := redis.Strings(c.Do("KEYS", "*"))
	if err != nil {
		r.t.Fatal(err)
	}
	if len(keys) == 0 {
		r.t.Error("Redis holds nothing, so nothing was looked at")
	}
	return keys
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}
