package e2e

import (
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

// The answers that were on the wire when a link died are told once the client is
// back: 300 of 300, to npm's library, which has thrown its callbacks away, and to
// our scripts, which tell nothing twice.
func TestAnswersOnADyingLink(t *testing.T) {
	t.Parallel()
	node, _ := peer.Node(t)
	s := startServer(t, map[string]any{"rateLimiter": map[string]any{"maxConnectionsPerIp": 0}})
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"emitted":50,"told":50,"twice":0,"lost":0,"recovered":10}`
	for _, library := range []string{"socket.io-client", "ours"} {
		for _, transports := range []string{"websocket", "polling", "polling,websocket"} {
			t.Run(library+" over "+transports, func(t *testing.T) {
				out, err := exec.Command(node, "dyinglink.cjs", u.Port(), transports, library, "10").CombinedOutput()
				if got := strings.TrimSpace(string(out)); err != nil || got != want {
					t.Errorf("%s, %v; want %s", got, err, want)
				}
			})
		}
	}
}
