package browser

import (
	"net/http/httptest"
	"testing"

	"github.com/sockethub/sockethub/gateway/web"
)

// The served socket.io.js, against the npm server.
func TestSocketIOAgainstNPMServer(t *testing.T) {
	t.Parallel()
	site, err := web.New(web.Options{Examples: true, Public: web.Public{Protocol: "http"}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(site)
	defer server.Close()
	for _, script := range []string{"socketio.mjs", "options.mjs"} {
		runScript(t, script, chromium(t), "SITE="+server.URL)
	}
}
