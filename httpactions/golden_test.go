package httpactions

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/ratelimit"
)

// goldenCase is a request to the server that ours replaces, and its answer.
type goldenCase struct {
	I        int
	Name     string
	Before   []exchangeCase
	Request  requestCase
	Response responseCase
	Volatile []string
}

type exchangeCase struct {
	Request  requestCase
	Response responseCase
}

type requestCase struct {
	Method, Path string
	Headers      map[string]string
	Body         *string
	BodyLength   int    `json:"body_length"`
	BodyStart    string `json:"body_start"`
	BodyNote     string `json:"body_note"`
	Chunked      bool
}

type responseCase struct {
	Status        int
	Headers       map[string]string
	Body          any
	NDJSON        []map[string]any
	HTMLErrorPage string `json:"html_error_page"`
	StillRunning  bool   `json:"still_running"`
	AbortedAfter  int    `json:"aborted_by_client_after_ms"`
}

// different lists the cases whose answer is another on purpose, by number, and
// why. Their status is the recorded one unless it is given.
var different = map[int]struct {
	why    string
	status int
	body   string // JSON; "" for one that is not looked at
}{
	36:  {"JSON instead of a page", 400, `{"error":"request body is not valid JSON"}`},
	41:  {"forms are refused: any page could post one", 415, `{"error":"content type must be application/json"}`},
	42:  {"forms are refused: any page could post one", 415, `{"error":"content type must be application/json"}`},
	45:  {"JSON instead of a page", 400, `{"error":"request body is not valid JSON"}`},
	46:  {"JSON instead of a page", 415, `{"error":"unsupported charset \"LATIN1\""}`},
	52:  {"JSON instead of a page", 400, `{"error":"request body is not valid JSON"}`},
	53:  {"JSON instead of a page", 400, `{"error":"request body is not valid JSON"}`},
	54:  {"JSON instead of a page", 400, `{"error":"request body is not valid JSON"}`},
	56:  {"JSON instead of a page", 400, `{"error":"request body is not valid JSON"}`},
	57:  {"JSON instead of a page", 400, `{"error":"request body is not valid JSON"}`},
	58:  {"JSON instead of a page", 400, `{"error":"request body is not valid JSON"}`},
	61:  {"JSON instead of a page", 415, `{"error":"unsupported content encoding \"zap\""}`},
	64:  {"JSON instead of a page", 413, `{"error":"request body too large (max 262144 bytes)"}`},
	113: {"net/http refuses such a path by itself", 400, ``},
	118: {"JSON instead of a page", 404, `{"error":"not found"}`},
	122: {"JSON instead of a page", 404, `{"error":"not found"}`},
	124: {"JSON instead of a page", 404, `{"error":"not found"}`},
	125: {"JSON instead of a page", 404, `{"error":"not found"}`},
	126: {"JSON instead of a page", 404, `{"error":"not found"}`},
	133: {"JSON instead of a page", 400, `{"error":"request body is not valid JSON"}`},
}

// own are headers of the recorded server's framework, and of its pages.
var own = []string{"x-powered-by", "content-security-policy", "x-content-type-options", "transfer-encoding"}

func TestRecordedRequests(t *testing.T) {
	data, err := os.ReadFile("testdata/http-actions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for line := range bytes.Lines(data) {
		var c goldenCase
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		cases++
		t.Run(fmt.Sprintf("%d %s", c.I, c.Name), func(t *testing.T) {
			t.Parallel()
			replayCase(t, &c)
		})
	}
	if cases != 117 {
		t.Errorf("read %d cases, want 117", cases)
	}
}

func replayCase(t *testing.T, c *goldenCase) {
	o := Options{AnyOrigin: true, RateLimit: ratelimit.Limit{Max: 10000000, Window: time.Second}}
	if c.Name == "after the idle timeout: GET replays the error line" {
		o.IdleTimeout = 10 * time.Millisecond
	}
	s := start(t, o)
	for _, before := range c.Before {
		x := s.send(before.Request.text(t))
		switch {
		case before.Response.StillRunning:
			s.platforms.next(t)
		case before.Response.AbortedAfter > 0:
			release := s.platforms.next(t)
			x.conn.Close()
			if c.Name != "client hangs up while a connect runs: GET at 1 s" {
				release()
				select {
				case <-s.platforms.ended:
				case <-time.After(waitLimit):
					t.Fatal("the request never ended")
				}
			}
		default:
			r := x.response(before.Request.Method)
			if r.StatusCode != before.Response.Status {
				t.Fatalf("first request: status %d %s, want %d", r.StatusCode, r.body, before.Response.Status)
			}
		}
	}
	request := c.Request.text(t)
	r := s.do(request)
	// The lines of a caller that has gone are complete a moment after the end
	// of its session.
	for deadline := time.Now().Add(waitLimit); r.StatusCode == 202 && c.Response.Status == 200 && time.Now().Before(deadline); {
		r = s.do(request)
	}
	want := c.Response
	changed, isDifferent := different[c.I]
	if isDifferent {
		want.Status = changed.status
	} else if want.HTMLErrorPage != "" {
		t.Fatal("a page that is not listed as different")
	}
	if r.StatusCode != want.Status {
		t.Fatalf("%q\nstatus %d %s, want %d", cut(request), r.StatusCode, cut(string(r.body)), want.Status)
	}
	if isDifferent {
		if changed.body != "" && string(r.body) != changed.body {
			t.Errorf("body %s, want %s (%s)", r.body, changed.body, changed.why)
		}
		return
	}
	checkHeaders(t, r.Response, want.Headers)
	switch {
	case want.NDJSON != nil:
		checkLines(t, c, r.body, want.NDJSON)
	case want.Body != nil && want.Body != "":
		var got any
		if err := json.Unmarshal(r.body, &got); err != nil || !reflect.DeepEqual(got, want.Body) {
			t.Errorf("body %s, want %v", r.body, want.Body)
		}
	case len(r.body) > 0:
		t.Errorf("body %q, want none", r.body)
	}
}

// text is the request as bytes.
func (q *requestCase) text(t *testing.T) string {
	body := ""
	switch {
	case q.Body != nil:
		body = *q.Body
	case strings.HasPrefix(q.BodyNote, "valid echo padded"):
		padding := q.BodyLength - len(q.BodyStart) - len(`"}}`)
		body = q.BodyStart + strings.Repeat("k", padding) + `"}}`
		if !json.Valid([]byte(body)) {
			t.Fatalf("padded body: %s", cut(body))
		}
	case strings.HasPrefix(q.BodyNote, "gzip"):
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		z.Write([]byte(message("echo", "rain by noon")))
		z.Close()
		body = packed.String()
	case q.BodyLength > 0:
		one := q.BodyStart[1 : strings.Index(q.BodyStart, `"id":"n0"}`)+len(`"id":"n0"}`)]
		var list []string
		for n := 0; len("["+strings.Join(list, ",")+"]") < q.BodyLength; n++ {
			list = append(list, strings.Replace(one, `"n0"`, fmt.Sprintf(`"n%d"`, n), 1))
		}
		body = "[" + strings.Join(list, ",") + "]"
		if len(body) != q.BodyLength {
			t.Fatalf("made %d bytes, want %d", len(body), q.BodyLength)
		}
	}
	var b strings.Builder
	b.WriteString(q.Method + " " + q.Path + " HTTP/1.1\r\nHost: orchard.test\r\n")
	for name, value := range q.Headers {
		b.WriteString(name + ": " + value + "\r\n")
	}
	switch {
	case q.Chunked:
		fmt.Fprintf(&b, "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	case q.Body != nil || body != "":
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	default:
		b.WriteString("\r\n")
	}
	return b.String()
}

func checkHeaders(t *testing.T, r *http.Response, want map[string]string) {
	t.Helper()
	for name, value := range want {
		got, ok := r.Header[http.CanonicalHeaderKey(name)]
		switch {
		case slices.Contains(own, name):
		case !ok, len(got) != 1, value != "<n>" && got[0] != value:
			t.Errorf("header %s: %q, want %q", name, got, value)
		}
	}
	if _, ok := want["transfer-encoding"]; ok != (len(r.TransferEncoding) > 0) {
		t.Errorf("transfer encoding %q, want %q", r.TransferEncoding, want["transfer-encoding"])
	}
	for name := range r.Header {
		if _, ok := want[strings.ToLower(name)]; !ok && name != "Date" && name != "X-Idempotent-Mismatch" {
			t.Errorf("header %s: %q, want none", name, r.Header[name])
		}
	}
}

// checkLines compares the lines, in any order where the recording says so.
func checkLines(t *testing.T, c *goldenCase, body []byte, want []map[string]any) {
	t.Helper()
	if !bytes.HasSuffix(body, []byte("\n")) {
		t.Errorf("the last line has no end: %q", cut(string(body)))
	}
	var got []map[string]any
	for line := range bytes.Lines(body) {
		var v map[string]any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		got = append(got, v)
	}
	for _, list := range [][]map[string]any{got, want} {
		for _, v := range list {
			for _, name := range c.Volatile {
				if _, ok := v[name]; ok {
					v[name] = "<volatile>"
				}
			}
		}
		if slices.Contains(c.Volatile, "order") {
			sort.Slice(list, func(i, j int) bool { return fmt.Sprint(list[i]) < fmt.Sprint(list[j]) })
		}
	}
	if slices.Contains([]string{"gzip body"}, c.Name) || c.Request.BodyNote != "" {
		// The recording holds no exact text of these bodies.
		if len(got) != 1 || got[0]["error"] != nil || got[0]["type"] != "echo" {
			t.Errorf("lines %s", cut(string(body)))
		}
		return
	}
	if !reflect.DeepEqual(got, want) {
		wanted, _ := json.Marshal(want)
		t.Errorf("lines\n%s\nwant\n%s", body, wanted)
	}
}

func cut(s string) string {
	if len(s) > 600 {
		return s[:600] + "…"
	}
	return s
}
