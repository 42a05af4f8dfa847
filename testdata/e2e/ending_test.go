package e2e

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"syscall"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

// A server that is told to end answers or refuses every event that its clients sent
// until they heard of it, and tells each of them once.
func TestEveryEventIsAnsweredAtTheEnd(t *testing.T) {
	node, _ := peer.Node(t)
	for _, transport := range []string{"websocket", "polling"} {
		t.Run(transport, func(t *testing.T) {
			s := startServer(t, map[string]any{"rateLimiter": map[string]any{"maxConnectionsPerIp": 0}})
			cmd := exec.Command(node, "ending.cjs", s.url, transport)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Wait()
			lines := bufio.NewScanner(out)
			if !lines.Scan() || lines.Text() != "ready" {
				t.Fatalf("the clients said %q", lines.Text())
			}
			s.cmd.Process.Signal(syscall.SIGTERM)
			var got struct{ Sent, Unanswered, Told int }
			if !lines.Scan() || json.Unmarshal(lines.Bytes(), &got) != nil {
				t.Fatalf("the clients said %q", lines.Text())
			}
			t.Logf("%+v", got)
			if got.Unanswered != 0 || got.Told != 20 {
				t.Errorf("%+v: want all answered, and 20 told", got)
			}
		})
	}
}
