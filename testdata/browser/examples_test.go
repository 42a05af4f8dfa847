package browser

import (
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

// The pages of the examples, each doing what it is for.
func TestExamples(t *testing.T) {
	t.Parallel()
	runScript(t, "app.mjs", chromium(t), "BINARY="+*binary)
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
