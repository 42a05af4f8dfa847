package daemon

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/testdata/peer"
)

// polling is a client that joined the default namespace, by hand.
type polling struct {
	t        *testing.T
	endpoint string
}

func join(t *testing.T, url string) *polling {
	t.Helper()
	c := &polling{t, url + "/sockethub/?EIO=4&transport=polling"}
	open := c.poll()
	c.endpoint += "&sid=" + regexp.MustCompile(`"sid":"([^"]+)"`).FindStringSubmatch(open)[1]
	c.send("40")
	if joined := c.poll(); !strings.HasPrefix(joined, "40{") {
		t.Fatalf("joined with %q", joined)
	}
	return c
}

func (c *polling) send(packet string) {
	c.t.Helper()
	response, err := http.Post(c.endpoint, "text/plain", strings.NewReader(packet))
	if err != nil {
		c.t.Fatal(err)
	}
	response.Body.Close()
}

func (c *polling) poll() string {
	c.t.Helper()
	_, body := get(c.t, http.DefaultClient, c.endpoint)
	return body
}

// dummyMessage is an event for the platform dummy that asks for an answer.
func dummyMessage(verb, actor, content string) string {
	return `420["message",{"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/dummy/v1.jsonld"],` +
		`"type":"` + verb + `","actor":{"id":"` + actor + `","type":"person"},"object":{"type":"message","content":"` + content + `"}}]`
}

// promtool finds nothing to remark.
func promtool(t *testing.T, metrics string) {
	t.Helper()
	cmd := exec.Command(peer.Program(t, "promtool"), "check", "metrics")
	cmd.Stdin = strings.NewReader(metrics)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s\n%s", err, out, metrics)
	}
}

// metricsWith waits until each of the lines, which are patterns, is there.
func (p *process) metricsWith(lines ...string) string {
	p.t.Helper()
	endpoint := "http://" + p.await(`operators are answered at ([0-9.:]+)`) + "/metrics"
	var text, missing string
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		_, text = get(p.t, http.DefaultClient, endpoint)
		missing = ""
		for _, line := range lines {
			if !regexp.MustCompile(`(?m)^` + line + `$`).MatchString(text) {
				missing = line
				break
			}
		}
		if missing == "" {
			return text
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%s is missing in\n%s", missing, text)
		}
	}
}

// What clients did is counted, by the names that dashboards know.
func TestMetricsOfMessages(t *testing.T) {
	p := start(t, `{"admin":{"listen":"0"},"platforms":["dummy"],"httpActions":{"enabled":true,"requireRequestId":false},"rateLimiter":{"maxRequests":2,"windowMs":3600000},"shutdown":{"timeoutMs":1000}}`, nil)
	url := p.url()
	crash := join(t, url)
	crash.send(dummyMessage("sigkill", "alice", "x"))
	crash.poll()
	c := join(t, url)
	for _, verb := range []string{"echo", "fail", "echo"} {
		c.send(dummyMessage(verb, "alice", "x"))
		c.poll()
	}
	for range 3 {
		response, err := http.Post(url+"/sockethub-http", "application/json", strings.NewReader("[]"))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	for _, path := range []string{"/livez", "/no-such-file", "/sockethub/?EIO=3&transport=polling"} {
		get(t, http.DefaultClient, url+path)
	}
	conn := upgrade(t, url)
	defer conn.Close()
	ws := &webSocket{t, bufio.NewReader(conn), conn}
	ws.send(`40{"pid":"nobody's"}`) // it comes back for a session that is gone
	if _, joined := ws.next(); !strings.HasPrefix(joined, "40{") {
		t.Fatalf("joined with %q", joined)
	}
	gone := upgrade(t, url)
	gone.Close()
	closing := joinWebSocket(t, url)
	closing.Close()
	count := `[1-9][0-9]*`
	text := p.metricsWith(
		`sockethub_build_info\{version=".+",go="go.+"\} 1`,
		`sockethub_connections\{transport="polling"\} 2`,
		`sockethub_connections\{transport="websocket"\} 1`,
		`sockethub_sessions [34]`, // one has lost its connection, and may not come back
		`sockethub_connections_opened_total\{transport="polling"\} 2`,
		`sockethub_connections_opened_total\{transport="websocket"\} 2`,
		`sockethub_connections_closed_total\{reason="transport (close|error)"\} 1`,
		`sockethub_sessions_recovered_total\{outcome="gone"\} 1`,
		`sockethub_bytes_total\{direction="in",transport="websocket"\} `+count,
		`sockethub_bytes_total\{direction="in",transport="polling"\} `+count,
		`sockethub_bytes_total\{direction="out",transport="polling"\} `+count,
		`sockethub_bytes_total\{direction="out",transport="websocket"\} `+count,
		`sockethub_events_total\{platform="dummy",type="echo",outcome="ok"\} 1`,
		`sockethub_events_total\{platform="dummy",type="fail",outcome="error"\} 1`,
		`sockethub_events_total\{platform="dummy",type="sigkill",outcome="outcome_unknown"\} 1`,
		`sockethub_event_duration_seconds_count\{platform="dummy",type="echo"\} 1`,
		`sockethub_queue_jobs\{state="waiting"\} 0`,
		`sockethub_queue_jobs\{state="active"\} 0`,
		`sockethub_queue_wait_seconds_count 3`,
		`sockethub_jobs_settled_total\{platform="dummy",cause="outcome_unknown"\} 1`,
		`sockethub_late_results_total 0`,
		`sockethub_instances 1`,
		`sockethub_workers\{platform="dummy",state="ready"\} 1`,
		`sockethub_worker_starts_total\{platform="dummy"\} 2`,
		`sockethub_worker_exits_total\{platform="dummy",cause="signal"\} 1`,
		`sockethub_worker_start_duration_seconds_count 2`,
		`sockethub_rate_limited_total\{by="session"\} 1`,
		`sockethub_rate_limited_total\{by="address"\} 1`,
		`sockethub_http_requests_total\{route="health",code="200"\} 1`,
		`sockethub_http_requests_total\{route="files",code="[24]0[04]"\} 1`,
		`sockethub_http_requests_total\{route="actions",code="429"\} 1`,
		`sockethub_http_requests_total\{route="socket.io",code="200"\} `+count,
		`sockethub_http_requests_total\{route="socket.io",code="400"\} 1`,
		`sockethub_http_requests_total\{route="socket.io",code="101"\} 3`,
		`sockethub_log_lines_dropped_total 0`,
		`go_goroutines `+count,
		`go_memstats_heap_alloc_bytes `+count,
		`process_start_time_seconds [0-9.e+]+`,
	)
	// What a client says is the value of no label.
	if strings.Contains(text, "alice") || strings.Contains(text, "no-such-file") {
		t.Errorf("a client's words are in\n%s", text)
	}
	promtool(t, text)
}

// upgrade opens a WebSocket and reads its first packet.
func upgrade(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprint(conn, "GET /sockethub/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	in := bufio.NewReader(conn)
	if response, err := http.ReadResponse(in, nil); err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("the upgrade is answered with %v, %v", response, err)
	}
	if b, err := in.ReadBytes('}'); err != nil || !bytes.Contains(b, []byte(`0{"sid"`)) {
		t.Fatalf("the first frame is %q, %v", b, err)
	}
	return conn
}
