package web

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestStatusStream(t *testing.T) {
	var reads atomic.Uint64
	page := NewStatusPage(func() Status {
		return Status{
			Version: "1.2.3", Events: reads.Add(1), AnswerTime: 1500 * time.Microsecond, Redis: "up",
			Instances: []StatusInstance{{Platform: "irc", Name: "mara", State: "ready", PID: os.Getpid()}},
		}
	})
	page.Interval = time.Millisecond
	server := httptest.NewServer(page)
	defer server.Close()
	r, err := http.Get(server.URL + "/status/events")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.Header.Get("Content-Type") != "text/event-stream" || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %q", r.Header)
	}
	lines := bufio.NewScanner(r.Body)
	for want := uint64(1); want <= 3; {
		if !lines.Scan() {
			t.Fatalf("the stream ended: %v", lines.Err())
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var got struct {
			Version   string
			Events    uint64
			AnswerMs  float64
			Total     int
			Instances []struct {
				Platform string
				Memory   int64
			}
		}
		if err := json.Unmarshal([]byte(data), &got); err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		if got.Version != "1.2.3" || got.Events != want || got.AnswerMs != 1.5 || got.Total != 1 || got.Instances[0].Platform != "irc" {
			t.Errorf("event %d: %s", want, data)
		}
		if runtime.GOOS == "linux" && got.Instances[0].Memory < 1<<20 {
			t.Errorf("memory of this process: %d bytes", got.Instances[0].Memory)
		}
		want++
	}
	page.Close()
	for lines.Scan() {
	}
	if err := lines.Err(); err != nil {
		t.Errorf("after Close: %v", err)
	}
}

func TestStatusStreamsAreBounded(t *testing.T) {
	page := NewStatusPage(func() Status { return Status{} })
	defer page.Close()
	for range maxStatusStreams {
		page.streams <- struct{}{}
	}
	if w := ask(page, "GET", "/status/events"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("one stream too many: %d", w.Code)
	}
	<-page.streams
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequest("GET", "/status/events", nil).WithContext(ctx))
	if w.Code != 200 || !strings.HasPrefix(w.Body.String(), "data: {") || len(page.streams) != maxStatusStreams-1 {
		t.Errorf("a stream that its reader ends: %d %q, %d are left", w.Code, w.Body, len(page.streams))
	}
}

func TestStatusFiles(t *testing.T) {
	page := NewStatusPage(func() Status { return Status{} })
	for path, want := range map[string]int{"/status": 200, "/status/": 200, "/status/status.js": 200, "/status/status.css": 200, "/status/none": 404} {
		w := ask(page, "GET", path)
		if w.Code != want {
			t.Errorf("GET %s: %d, want %d", path, w.Code, want)
		}
		if want == 200 && !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'") {
			t.Errorf("GET %s: policy %q", path, w.Header().Get("Content-Security-Policy"))
		}
	}
	if w := ask(page, "POST", "/status"); w.Code != 404 {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestManyInstances(t *testing.T) {
	page := NewStatusPage(func() Status { return Status{Instances: make([]StatusInstance, 3*maxInstances)} })
	var got struct {
		Total     int
		Instances []struct{}
	}
	if err := json.Unmarshal(page.event(), &got); err != nil || got.Total != 3*maxInstances || len(got.Instances) != maxInstances {
		t.Errorf("%d of %d are shown, %v", len(got.Instances), got.Total, err)
	}
}
