package browser

import (
	"net/http/httptest"
	"testing"

	"github.com/sockethub/server/gateway/web"
)

// The contract of sockethub-client.js, whole and minified.
func TestClientContract(t *testing.T) {
	site, err := web.New(web.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(site)
	defer server.Close()
	for _, script := range []string{"/sockethub-client.js", "/sockethub-client.min.js"} {
		t.Run(script[1:], func(t *testing.T) {
			runScript(t, "client.mjs", "SITE="+server.URL, "SCRIPT="+script, "GOLDEN=../../middleware/testdata")
		})
	}
}

// The scripts with the real server, and with npm's in their place.
func TestInterchange(t *testing.T) {
	runScript(t, "hub.mjs", chromium(t), "BINARY="+*binary)
}
