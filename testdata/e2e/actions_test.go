package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"
	"sort"
	"strings"
	"syscall"
	"testing"
)

// backends are the settings of servers on each store.
func backends(t *testing.T) map[string][]string {
	t.Helper()
	return map[string][]string{"memory": nil, "Redis": {"REDIS_URL=" + startRedis(t, false).url()}}
}

// withActions turns HTTP actions on, with more settings.
func withActions(more map[string]any) map[string]any {
	c := withStore(more)
	c["httpActions"] = map[string]any{"enabled": true}
	c["rateLimiter"] = map[string]any{"maxRequests": 10000000, "maxConnectionsPerIp": 0} // as it was recorded
	return c
}

type recordedRequest struct {
	Method, Path string
	Headers      map[string]string
	Body         *string
	Chunked      bool
}

type recordedResponse struct {
	Status        int
	Headers       map[string]string
	Body          any
	NDJSON        []any
	HTMLErrorPage string `json:"html_error_page"`
}

// Recorded requests get the same answers from the running server, on
// either store.
func TestRecordedActions(t *testing.T) {
	text, err := os.ReadFile("../../httpactions/testdata/http-actions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for name, environment := range backends(t) {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, withActions(nil), environment...)
			compared := 0
			for line := range bytes.Lines(text) {
				var c struct {
					I      int
					Name   string
					Before []struct {
						Request  recordedRequest
						Response struct{ NDJSON []any }
					}
					Request  recordedRequest
					Response recordedResponse
					Volatile []string
				}
				if err := json.Unmarshal(line, &c); err != nil {
					t.Fatal(err)
				}
				switch {
				case concernsOthers(line), bytes.Contains(line, []byte(`"body_start"`)), bytes.Contains(line, []byte(`"body_note"`)):
					continue // needs another platform, or is written down in part
				case bytes.Contains(line, []byte(`\"type\":\"connect\"`)):
					continue // to a peer that the recording had
				case bytes.Contains(line, []byte(`"still_running"`)), strings.Contains(c.Name, "idle timeout"):
					continue // a worker that crashes is answered now
				case strings.Contains(c.Request.Path, "%zz"), strings.Contains(c.Name, "percent escape"):
					continue // Go's client does not send it
				}
				compared++
				for _, before := range c.Before {
					s.do(before.Request)
				}
				res, body := s.do(c.Request)
				want := c.Response
				if want.HTMLErrorPage != "" || strings.HasPrefix(c.Name, "form body") {
					var page struct{ Error string }
					if json.Unmarshal(body, &page) != nil || page.Error == "" || res.StatusCode < 400 {
						t.Errorf("%d %s: %d %s, want an error in JSON", c.I, c.Name, res.StatusCode, body)
					}
					continue
				}
				if res.StatusCode != want.Status {
					t.Errorf("%d %s: status %d %s, want %d", c.I, c.Name, res.StatusCode, body, want.Status)
					continue
				}
				for _, header := range []string{"content-type", "x-request-id", "x-idempotent-replay", "access-control-allow-origin",
					"access-control-allow-headers", "access-control-expose-headers", "ratelimit-policy", "cache-control"} {
					if got := res.Header.Get(header); got != want.Headers[header] && want.Headers[header] != "<n>" {
						t.Errorf("%d %s: %s %q, want %q", c.I, c.Name, header, got, want.Headers[header])
					}
				}
				if want.NDJSON != nil {
					if got := linesOf(t, body); !sameLines(got, want.NDJSON, slices.Contains(c.Volatile, "order")) {
						t.Errorf("%d %s:\n%s\nwant %v", c.I, c.Name, body, want.NDJSON)
					}
				} else if want.Body != nil && want.Body != "" {
					var got any
					if err := json.Unmarshal(body, &got); err != nil || !reflect.DeepEqual(got, want.Body) {
						t.Errorf("%d %s: %s, want %v", c.I, c.Name, body, want.Body)
					}
				}
			}
			if compared < 80 {
				t.Errorf("only %d requests were compared", compared)
			}
		})
	}
}

// do makes a request and reads its whole answer.
func (s *server) do(q recordedRequest) (*http.Response, []byte) {
	s.t.Helper()
	var body io.Reader
	if q.Body != nil {
		if body = strings.NewReader(*q.Body); q.Chunked {
			body = struct{ io.Reader }{body}
		}
	}
	request, err := http.NewRequest(q.Method, s.url+q.Path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	for name, value := range q.Headers {
		request.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res, got
}

func linesOf(t *testing.T, body []byte) []any {
	t.Helper()
	var list []any
	for line := range bytes.Lines(body) {
		var v any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		list = append(list, v)
	}
	return list
}

func sameLines(got, want []any, anyOrder bool) bool {
	if anyOrder {
		for _, list := range [][]any{got, want} {
			sort.Slice(list, func(i, j int) bool {
				a, _ := json.Marshal(list[i])
				b, _ := json.Marshal(list[j])
				return bytes.Compare(a, b) < 0
			})
		}
	}
	return reflect.DeepEqual(got, want)
}

// post begins an HTTP action and returns once its headers are there.
func (s *server) post(id string, payloads ...any) *http.Response {
	s.t.Helper()
	body, err := json.Marshal(payloads)
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := http.NewRequest("POST", s.url+"/sockethub-http", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Request-Id", id)
	res, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { res.Body.Close() })
	return res
}

// The results of a request are there although its caller hung up, and although
// its worker died; another with its id is told meanwhile that it runs.
func TestActionsOutliveCallerAndWorker(t *testing.T) {
	for name, environment := range backends(t) {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, withActions(nil), environment...)
			res := s.post("caller-gone", dummy("hang", ""))
			get := recordedRequest{Method: "GET", Path: "/sockethub-http/caller-gone"}
			if res, body := s.do(get); res.StatusCode != http.StatusAccepted || !strings.Contains(string(body), `"in-progress"`) {
				t.Errorf("while it runs: %d %s", res.StatusCode, body)
			}
			if again := s.post("caller-gone", dummy("hang", "")); again.StatusCode != http.StatusConflict {
				t.Errorf("posted again while it runs: %d", again.StatusCode)
			}
			res.Body.Close() // the caller hangs up
			var body []byte
			eventually(t, "the request is complete", func() bool {
				for _, pid := range s.workers("dummy") {
					syscall.Kill(pid, syscall.SIGKILL)
				}
				var res *http.Response
				res, body = s.do(get)
				return res.StatusCode == http.StatusOK
			})
			lines := linesOf(t, body)
			if len(lines) != 1 {
				t.Fatalf("lines %s", body)
			}
			if got := lines[0].(map[string]any); got["type"] != "hang" || !strings.Contains(got["error"].(string), "SIGKILL") {
				t.Errorf("line %v", got)
			}
		})
	}
}

// What was answered over HTTP is there after a restart, in whatever way the
// server ended: on Redis, where the secret stays the same.
func TestActionsOutliveTheServer(t *testing.T) {
	r := startRedis(t, true)
	environment := []string{"REDIS_URL=" + r.url(), "SOCKETHUB_SECRET=a secret of at least thirty-two characters"}
	for name, signal := range map[string]syscall.Signal{"stopped": syscall.SIGTERM, "killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, withActions(nil), environment...)
			first, err := io.ReadAll(s.post(name+"-1", dummy("echo", "one"), dummy("fail", "two")).Body)
			if err != nil {
				t.Fatal(err)
			}
			s.stop(signal)
			s = startServer(t, withActions(nil), environment...)
			res, body := s.do(recordedRequest{Method: "GET", Path: "/sockethub-http/" + name + "-1"})
			if res.StatusCode != http.StatusOK || !bytes.Equal(body, first) {
				t.Errorf("after the restart: %d %s, want %s", res.StatusCode, body, first)
			}
			again := s.post(name+"-1", dummy("echo", "one"), dummy("fail", "two"))
			body, _ = io.ReadAll(again.Body)
			if again.Header.Get("X-Idempotent-Replay") != "true" || !bytes.Equal(body, first) {
				t.Errorf("posted again after the restart: %v %s", again.Header, body)
			}
			s.stop(syscall.SIGTERM)
			r.awaitEmpty()
		})
	}
}
