package browser

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/sockethub/sockethub/gateway/web"
	"github.com/sockethub/sockethub/testdata/peer"
)

// The contract of sockethub-client.js.
func TestClientContract(t *testing.T) {
	t.Parallel()
	site, err := web.New(web.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(site)
	defer server.Close()
	runScript(t, "client.mjs", "SITE="+server.URL, "SCRIPT=/sockethub-client.js", "GOLDEN=../../middleware/testdata")
}

// The types compile, say what the client takes, and refuse what it does not.
func TestTypes(t *testing.T) {
	t.Parallel()
	node, packages := peer.Node(t)
	site, err := web.New(web.Options{})
	if err != nil {
		t.Fatal(err)
	}
	served := httptest.NewRecorder()
	site.ServeHTTP(served, httptest.NewRequest(http.MethodGet, "/sockethub-client.d.ts", nil))
	program, err := os.ReadFile("types.ts")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string][]byte{
		"sockethub-client.d.ts": served.Body.Bytes(),
		"types.ts":              program,
		// skipLibCheck would leave out what is to be checked.
		"tsconfig.json": []byte(`{"compilerOptions": {"strict": true, "noUncheckedIndexedAccess": true, "exactOptionalPropertyTypes": true, "noEmit": true,
			"target": "es2022", "module": "esnext", "moduleResolution": "bundler", "lib": ["es2022", "dom"], "types": []}, "files": ["types.ts"]}`),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	modules := filepath.Join(packages, "node_modules")
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	compiler := exec.CommandContext(t.Context(), node, filepath.Join(modules, "typescript", "bin", "tsc"), "--project", dir)
	if out, err := compiler.CombinedOutput(); err != nil {
		t.Errorf("tsc: %v\n%s", err, out)
	}
}

// The scripts with the real server, and with npm's in their place.
func TestInterchange(t *testing.T) {
	t.Parallel()
	runScript(t, "hub.mjs", chromium(t), "BINARY="+*binary)
}
