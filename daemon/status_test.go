package daemon

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Operators see what clients do, and a page that stays open does not hold up
// the end of the server.
func TestStatusPage(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "admin")
	p := start(t, `{"httpActions":{"enabled":true,"requireRequestId":false}}`, []string{"SOCKETHUB_ADMIN_LISTEN=" + socket})
	url := p.url()
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	if status, body := get(t, client, "http://admin/status"); status != 200 || !strings.Contains(body, "<title>") {
		t.Errorf("the page: %d %.100q", status, body)
	}
	res, err := http.Post(url+"/sockethub-http", "application/json",
		strings.NewReader(`{"context":"dummy","type":"echo","actor":{"id":"me","type":"person"}}`))
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	res.Body.Close()
	if err != nil || strings.Contains(line, `"error"`) {
		t.Fatalf("echo: %q, %v", line, err)
	}

	stream, err := client.Get("http://admin/status/events")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	events := bufio.NewReader(stream.Body)
	text, err := events.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Answers   uint64
		AnswerMs  float64
		NotReady  string
		Instances []struct {
			Platform, State string
			PID             int
		}
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "data: ")), &got); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if got.Answers != 1 || got.AnswerMs <= 0 || got.NotReady != "" {
		t.Errorf("after one echo: %+v", got)
	}
	if len(got.Instances) != 1 || got.Instances[0].Platform != "dummy" || got.Instances[0].State != "ready" || got.Instances[0].PID == 0 {
		t.Errorf("instances: %+v", got.Instances)
	}
	p.signal(syscall.SIGTERM)
	if err := p.end(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	for err == nil {
		_, err = events.ReadString('\n')
	}
}
