package main

import (
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/sockethub/server/testdata/peer"
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

// W42: what clients did is counted.
func TestMetricsOfMessages(t *testing.T) {
	p := start(t, `{"admin":{"listen":"0"},"platforms":["dummy"],"shutdown":{"timeoutMs":1000}}`, nil)
	c := join(t, p.url())
	for _, verb := range []string{"echo", "fail", "sigkill"} {
		c.send(dummyMessage(verb, "alice", "x"))
		c.poll()
	}
	endpoint := "http://" + p.await(`operators are answered at ([0-9.:]+)`) + "/metrics"
	want := []string{
		`sockethub_connections 1`,
		`sockethub_sessions 1`,
		`sockethub_connections_opened_total{transport="polling"} 1`,
		`sockethub_events_total{platform="dummy",type="echo",outcome="ok"} 1`,
		`sockethub_events_total{platform="dummy",type="fail",outcome="error"} 1`,
		`sockethub_events_total{platform="dummy",type="sigkill",outcome="outcome_unknown"} 1`,
		`sockethub_event_duration_seconds_count{platform="dummy",type="echo"} 1`,
		`sockethub_worker_exits_total{platform="dummy",cause="signal"} 1`,
	}
	var text string
	eventually(t, "all is counted", func() bool {
		_, text = get(t, http.DefaultClient, endpoint)
		for _, line := range want {
			if !strings.Contains(text, "\n"+line+"\n") {
				return false
			}
		}
		return true
	})
	cmd := exec.Command(peer.Program(t, "promtool"), "check", "metrics")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s\n%s", err, out, text)
	}
}
