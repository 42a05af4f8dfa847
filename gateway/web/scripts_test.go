package web

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

// What a person downloads.
func TestSizes(t *testing.T) {
	for folder, limit := range map[string]int{"socketio": 12 << 10, "client": 12 << 10} {
		script := join(folder)
		size := len(compress(script))
		t.Logf("%s: %d bytes, compressed %d", folder, len(script), size)
		if size == 0 || size >= limit {
			t.Errorf("%s has %d bytes compressed, want less than %d", folder, size, limit)
		}
	}
}

// Every module of the examples is one that a browser can parse.
func TestModulesParse(t *testing.T) {
	node, _ := peer.Node(t)
	names, err := filepath.Glob("files/app/js/*.js")
	if err != nil {
		t.Fatal(err)
	}
	pages, _ := filepath.Glob("files/app/js/pages/*.js")
	if len(names) < 5 || len(pages) < 5 {
		t.Fatalf("found %d modules and %d pages", len(names), len(pages))
	}
	dir := t.TempDir()
	for _, name := range append(names, pages...) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(dir, filepath.Base(name)+".mjs")
		if err := os.WriteFile(copied, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(node, "--check", copied).CombinedOutput(); err != nil {
			t.Errorf("%s: %s", name, out)
		}
	}
}
