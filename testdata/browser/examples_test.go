package browser

import (
	"path/filepath"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

// The pages of the examples, each doing what it is for.
func TestExamples(t *testing.T) {
	t.Parallel()
	runScript(t, "app.mjs", chromium(t), "BINARY="+*binary)
}

// What a server asks that is not for everybody.
func TestToken(t *testing.T) {
	t.Parallel()
	runScript(t, "token.mjs", chromium(t), "BINARY="+*binary)
}

// The chat page with a real IRC server.
func TestChat(t *testing.T) {
	t.Parallel()
	runScript(t, "chat.mjs", chromium(t), "BINARY="+*binary, "NGIRCD="+peer.Program(t, "ngircd"))
}

// The pages that the documents show.
func TestDocuments(t *testing.T) {
	t.Parallel()
	runScript(t, "documents.mjs", chromium(t), "BINARY="+*binary)
}

// The chat page with a real XMPP server.
func TestChatOnXMPP(t *testing.T) {
	t.Parallel()
	peer.Program(t, "prosody")
	peer.Program(t, "openssl")
	runScript(t, "xmpp.mjs", chromium(t), "BINARY="+*binary, "XMPP_SERVER="+script(t, "../../platform/xmpp/testdata/server/start.sh"))
}

// The pages for calendars and contacts with a real server.
func TestCalendarsAndContacts(t *testing.T) {
	t.Parallel()
	peer.Program(t, "radicale")
	runScript(t, "dav.mjs", chromium(t), "BINARY="+*binary, "RADICALE="+script(t, "../../platform/dav/davtest/testdata/radicale.sh"))
}

// script is a script of another package's tests.
func script(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
