package telemetry

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/testdata/peer"
)

func ExampleRegistry() {
	r := &Registry{}
	events := r.Counter("sockethub_events_total", "Events that were answered.", "platform", "type", "outcome")
	events.With("irc", "send", "ok").Add(12)
	events.With("irc", "send", "error").Inc()
	wait := r.Histogram("sockethub_queue_wait_seconds", "From a job's acceptance to its worker.", []float64{0.01, 1})
	wait.With().Observe(0.01)
	wait.With().Observe(0.5)
	wait.With().Observe(7)
	r.Write(os.Stdout)
	// Output:
	// # HELP sockethub_events_total Events that were answered.
	// # TYPE sockethub_events_total counter
	// sockethub_events_total{platform="irc",type="send",outcome="error"} 1
	// sockethub_events_total{platform="irc",type="send",outcome="ok"} 12
	// # HELP sockethub_queue_wait_seconds From a job's acceptance to its worker.
	// # TYPE sockethub_queue_wait_seconds histogram
	// sockethub_queue_wait_seconds_bucket{le="0.01"} 1
	// sockethub_queue_wait_seconds_bucket{le="1"} 2
	// sockethub_queue_wait_seconds_bucket{le="+Inf"} 3
	// sockethub_queue_wait_seconds_sum 7.51
	// sockethub_queue_wait_seconds_count 3
}

func TestLabelsAreEscaped(t *testing.T) {
	r := &Registry{}
	r.Gauge("g", "A\nB \\", "l").With("a\"b\\c\nd\xff").Set(-3)
	var b bytes.Buffer
	r.Write(&b)
	want := "# HELP g A\\nB \\\\\n# TYPE g gauge\ng{l=\"a\\\"b\\\\c\\nd�\"} -3\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestSamplesThatAreAskedFor(t *testing.T) {
	r := &Registry{}
	r.Func("jobs", "Jobs.", "gauge", []string{"state"}, func(emit func(float64, ...string)) {
		emit(1.5, "waiting")
		emit(2, "active")
	})
	r.Func("nothing", "Left out.", "counter", nil, func(func(float64, ...string)) {})
	var b bytes.Buffer
	r.Write(&b)
	if want := "# HELP jobs Jobs.\n# TYPE jobs gauge\njobs{state=\"waiting\"} 1.5\njobs{state=\"active\"} 2\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

// A mistake that puts ids into labels does not fill the memory.
func TestLabelsAreBounded(t *testing.T) {
	r := &Registry{}
	c := r.Counter("c_total", "C.", "id")
	for i := range maxChildren + 100 {
		c.With(strconv.Itoa(i)).Inc()
	}
	if got := c.With("other").Value(); got != 100 {
		t.Errorf("%d counted as other, want 100", got)
	}
}

func TestMistakesPanic(t *testing.T) {
	r := &Registry{}
	c := r.Counter("c_total", "C.", "a", "b")
	for name, f := range map[string]func(){
		"the same name": func() { r.Gauge("c_total", "C.") },
		"one value":     func() { c.With("x") },
		"four labels":   func() { r.Counter("d_total", "D.", "a", "b", "c", "d").With("1", "2", "3", "4") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// serverMetrics are those of a server that many use at a time.
func serverMetrics(t *testing.T) string {
	m := NewMetrics("1.2.3", nil)
	m.Func("sockethub_sessions", "Sessions.", "gauge", nil, func(emit func(float64, ...string)) { emit(3) })
	var users sync.WaitGroup
	for range 8 {
		users.Go(func() {
			for j := range 500 {
				m.Opened("websocket", j)
				m.Start("irc", "send").End([]string{"ok", "error"}[j%2])
				m.Limited("session")
				m.Rejected("address")
				m.Recovered("recovered")
				m.Closed("transport close", j)
				m.Request("files", 404)
				m.Waited(3 * time.Millisecond)
				m.Started(30 * time.Millisecond)
				if j%100 == 0 {
					m.Write(&bytes.Buffer{})
				}
			}
		})
	}
	users.Wait()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if got := w.Header().Get("Content-Type"); got != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	return w.Body.String()
}

func TestNothingIsLostUnderLoad(t *testing.T) {
	text := serverMetrics(t)
	for _, want := range []string{
		`sockethub_connections_opened_total{transport="websocket"} 4000`,
		`sockethub_events_total{platform="irc",type="send",outcome="ok"} 2000`,
		`sockethub_event_duration_seconds_count{platform="irc",type="send"} 4000`,
		`sockethub_event_duration_seconds_bucket{platform="irc",type="send",le="+Inf"} 4000`,
		`sockethub_rate_limited_total{by="session"} 4000`,
		`sockethub_http_requests_total{route="files",code="404"} 4000`,
		"sockethub_queue_wait_seconds_bucket{le=\"0.0025\"} 0\nsockethub_queue_wait_seconds_bucket{le=\"0.005\"} 4000\n",
		`sockethub_worker_start_duration_seconds_count 4000`,
		`sockethub_build_info{version="1.2.3",go=`,
		`go_goroutines `,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
}

// Prometheus' own tool finds nothing to remark.
func TestPromtool(t *testing.T) {
	program := peer.Program(t, "promtool")
	cmd := exec.Command(program, "check", "metrics")
	cmd.Stdin = strings.NewReader(serverMetrics(t))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

func TestNoMetrics(t *testing.T) {
	var m *Metrics // nothing of it does anything, least of all panic
	m.Opened("a", 1)
	m.Closed("a", 1)
	m.Rejected("a")
	m.Recovered("a")
	m.Limited("a")
	m.Request("a", 200)
	m.Waited(1)
	m.Started(1)
	m.Start("a", "b").End("ok")
}

func TestProcess(t *testing.T) {
	if _, err := os.Stat("/proc/self/statm"); err != nil {
		t.Skip("this system has no /proc")
	}
	var b bytes.Buffer
	if err := NewMetrics("1", nil).Write(&b); err != nil {
		t.Fatal(err)
	}
	for name, least := range map[string]float64{
		"process_resident_memory_bytes": 1 << 20, "process_open_fds": 3, "process_start_time_seconds": 1e9,
		"process_cpu_seconds_total": 0, "go_memstats_heap_alloc_bytes": 1 << 10,
	} {
		_, after, found := strings.Cut(b.String(), "\n"+name+" ")
		value, _, _ := strings.Cut(after, "\n")
		if n, err := strconv.ParseFloat(value, 64); !found || err != nil || n < least {
			t.Errorf("%s is %q, want at least %v", name, value, least)
		}
	}
}

func BenchmarkHistogram(b *testing.B) {
	h := (&Registry{}).Histogram("h", "H.", Seconds, "platform", "type").With("irc", "send")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			h.Observe(0.02)
		}
	})
}

func BenchmarkWith(b *testing.B) {
	c := (&Registry{}).Counter("c_total", "C.", "platform", "type", "outcome")
	b.ReportAllocs()
	for b.Loop() {
		c.With("irc", "send", "ok").Inc()
	}
}
