package davtest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

//go:embed testdata/caldav.json
var caldavScenarios []byte

//go:embed testdata/carddav.json
var carddavScenarios []byte

// scenario is what the reference server was seen to ask and answer.
type scenario struct {
	Name        string
	Config      map[string]any
	Credentials map[string]any
	Jobs        []struct{ Message map[string]any }
	Exchanges   []struct {
		Request struct {
			Method, Path string
			Headers      map[string]string
			Body         string
		}
		Response struct {
			Status  int
			Headers map[string]json.RawMessage
			Body    string
		}
	}
	Results []struct {
		OK         map[string]any
		Error      string
		ClientSees string
	}
}

// Replay runs the recorded scenarios of a platform. better says which results are
// not as they were: by the name of the scenario and, where it has several jobs, a
// colon and the number of the job, an error or "ok". Listings ask for more than the
// reference did, updates patch what is stored, and what is known is not asked for
// again; all else must be sent as it was.
func Replay(t *testing.T, name string, open func(t *testing.T, config string) platform.Platform, better map[string]string) {
	var list []scenario
	file := caldavScenarios
	if name == "carddav" {
		file = carddavScenarios
	}
	if err := json.Unmarshal(file, &list); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, s := range list {
		t.Run(s.Name, func(t *testing.T) { s.run(t, open, better, used) })
	}
	for key := range better {
		if !used[key] {
			t.Errorf("%s is as it was", key)
		}
	}
}

func (s *scenario) run(t *testing.T, open func(t *testing.T, config string) platform.Platform, better map[string]string, used map[string]bool) {
	script := &script{t: t, scenario: s, used: make([]bool, len(s.Exchanges))}
	server := httptest.NewServer(script)
	defer server.Close()
	script.origin = server.URL
	config, _ := json.Marshal(s.Config)
	p := open(t, string(config))
	if stopper, ok := p.(platform.Stopper); ok {
		defer stopper.Stop(t.Context())
	}
	credentials := script.object(map[string]any{"type": "credentials", "object": s.Credentials})
	for i, job := range s.Jobs {
		key := s.Name
		if len(s.Jobs) > 1 {
			key = fmt.Sprintf("%s:%d", s.Name, i+1)
		}
		script.lenient, script.differs = better[key] != "", false
		result, err := p.Do(t.Context(), platform.Job{Activity: script.object(job.Message), Credentials: credentials})
		got := ErrorText(err)
		if got == "" {
			got = "ok"
		}
		recorded := s.Results[i]
		want := recorded.Error
		if recorded.ClientSees != "" {
			want = recorded.ClientSees
		}
		if want == "" {
			want = "ok"
		}
		if other, ok := better[key]; ok {
			used[key] = script.differs || got != want || got == "ok" && !script.same(result, recorded.OK)
			want = other
		}
		if got != want {
			t.Errorf("job %d: %q, want %q", i+1, got, want)
			continue
		}
		if got == "ok" && better[key] == "" {
			script.compare(result, recorded.OK)
		}
	}
}

// script answers as it was recorded.
type script struct {
	t        *testing.T
	scenario *scenario
	origin   string
	lenient  bool // requests may differ
	differs  bool // one did

	mu   sync.Mutex // guards used
	used []bool
}

// fill puts the server's address in for what stands for it.
func (s *script) fill(text string) string {
	hostport := strings.TrimPrefix(s.origin, "http://")
	_, port, _ := strings.Cut(hostport, ":")
	return strings.NewReplacer("{{ORIGIN}}", s.origin, "{{HOSTPORT}}", hostport, "{{PORT}}", port).Replace(text)
}

func (s *script) object(v any) *activity.Object {
	text, _ := json.Marshal(v)
	o, err := activity.ParseObject([]byte(s.fill(string(text))))
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

var (
	uuid    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
	stamp   = regexp.MustCompile(`DTSTAMP:\d{8}T\d{6}Z`)
	proof   = regexp.MustCompile(`response="[0-9a-f]+"`)
	cnonce  = regexp.MustCompile(`cnonce="[0-9a-f]{32}"`)
	vtz     = regexp.MustCompile(`(?s)BEGIN:VTIMEZONE.*END:VTIMEZONE\r\n`)
	sending = []string{"depth", "content-type", "if-match", "if-none-match", "authorization"}
)

// masked replaces what differs each time.
func masked(text string) string {
	text = uuid.ReplaceAllString(text, "{{UUID}}")
	text = stamp.ReplaceAllString(text, "DTSTAMP:{{NOW}}")
	text = vtz.ReplaceAllString(text, "")
	text = proof.ReplaceAllString(text, `response="{{RESPONSE}}"`)
	return cnonce.ReplaceAllString(text, `cnonce="{{CNONCE}}"`)
}

// ServeHTTP answers with the next exchange that has the request's method and path.
func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, e := range s.scenario.Exchanges {
		if s.used[i] || e.Request.Method != r.Method || masked(e.Request.Path) != masked(r.RequestURI) ||
			e.Request.Headers["depth"] != r.Header.Get("Depth") {
			continue
		}
		s.used[i] = true
		s.check(r, string(body), i)
		for name, raw := range e.Response.Headers {
			var one string
			var many []string
			if json.Unmarshal(raw, &one) == nil {
				many = []string{one}
			} else {
				_ = json.Unmarshal(raw, &many)
			}
			for _, value := range many {
				w.Header().Add(name, s.fill(value))
			}
		}
		if w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", "application/xml")
		}
		w.WriteHeader(e.Response.Status)
		_, _ = io.WriteString(w, s.fill(e.Response.Body))
		return
	}
	w.WriteHeader(http.StatusInternalServerError)
}

// check compares a request with the recorded one.
func (s *script) check(r *http.Request, body string, i int) {
	want := s.scenario.Exchanges[i].Request
	bad := func(what, got, want string) {
		s.differs = true
		if !s.lenient {
			s.t.Errorf("%s %s: %s is %q, want %q", r.Method, r.RequestURI, what, got, want)
		}
	}
	for _, name := range sending {
		got := masked(latin1(r.Header.Get(name)))
		// Who is known need not be asked to say who they are.
		if recorded := masked(s.fill(want.Headers[name])); got != recorded {
			bad(name, got, recorded)
		}
	}
	if r.Method == "PROPFIND" || r.Method == "PUT" && r.Header.Get("If-Match") != "" {
		return
	}
	if got, recorded := masked(body), masked(s.fill(want.Body)); got != recorded {
		bad("body", got, recorded)
	}
}

// latin1 reads a header as the recorder did.
func latin1(text string) string {
	runes := make([]rune, 0, len(text))
	for i := range len(text) {
		runes = append(runes, rune(text[i]))
	}
	return string(runes)
}

// compare compares a result with the recorded one.
func (s *script) compare(result *activity.Object, want map[string]any) {
	s.t.Helper()
	if !s.same(result, want) {
		recorded, _ := json.Marshal(want)
		s.t.Errorf("got  %s\nwant %s", activity.AppendJSON(nil, result), s.fill(string(recorded)))
	}
}

func (s *script) same(result *activity.Object, want map[string]any) bool {
	var got, recorded map[string]any
	text := activity.AppendJSON(nil, result)
	_ = json.Unmarshal([]byte(masked(string(text))), &got)
	recordedText, _ := json.Marshal(want)
	_ = json.Unmarshal([]byte(s.fill(string(recordedText))), &recorded)
	return reflect.DeepEqual(got, recorded)
}
