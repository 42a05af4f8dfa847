package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The platform that CONTRIBUTING.md shows is one, once it has its two places. The
// tree stays as it is: the compiler is told of the files.
func TestDocumentedPlatform(t *testing.T) {
	dir := t.TempDir()
	root, err := filepath.Abs(documents)
	if err != nil {
		t.Fatal(err)
	}
	code, schema := blocks(t, "CONTRIBUTING.md", "go"), blocks(t, "CONTRIBUTING.md", "json")
	if len(code) != 1 || len(schema) != 1 {
		t.Fatalf("%d and %d blocks", len(code), len(schema))
	}
	list, err := os.ReadFile(documents + "main.go")
	if err != nil {
		t.Fatal(err)
	}
	program := strings.Replace(string(list), "dummy.Definition()", "clock.Definition(), dummy.Definition()", 1)
	program = strings.Replace(program, `"github.com/sockethub/sockethub/platform/dummy"`, "\"github.com/sockethub/sockethub/platform/clock\"\n\t\"github.com/sockethub/sockethub/platform/dummy\"", 1)
	replaced := map[string]string{}
	for path, text := range map[string]string{"main.go": program, "platform/clock/clock.go": code[0], "platform/clock/schemas/messages.json": schema[0]} {
		file := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replaced[filepath.Join(root, path)] = file
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	built := filepath.Join(dir, "sockethub")
	build := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", built, ".")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	check := exec.Command(built, "check")
	check.Dir, check.Env = dir, []string{"PORT=0", "LOG_FILE="}
	if out, err := check.CombinedOutput(); err != nil || !strings.Contains(string(out), "clock") {
		t.Errorf("%v\n%s", err, out)
	}
}
