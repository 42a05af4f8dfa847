//go:build release

// What a release consists of takes minutes to build: testdata/run does it, and
// go test ./... does not.

package packaging

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

// copyTree copies what a build reads to another place.
func copyTree(t *testing.T, to string) {
	t.Helper()
	list := output(t, exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}{{end}}", "github.com/sockethub/sockethub"))
	root := strings.TrimSpace(output(t, exec.Command("go", "list", "-m", "-f", "{{.Dir}}")))
	for dir := range strings.FieldsSeq(list) {
		relative, err := filepath.Rel(root, dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(to, relative), 0o755); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			path := filepath.Join(dir, e.Name())
			switch {
			case e.Name() == "testdata" || e.Name() == "packaging" || strings.HasPrefix(e.Name(), "."):
			case e.IsDir():
				// Files that are embedded may lie deeper than the package.
				if relative == "." || hasGo(t, path) {
					continue
				}
				if err := os.CopyFS(filepath.Join(to, relative, e.Name()), os.DirFS(path)); err != nil {
					t.Fatal(err)
				}
			case e.Type().IsRegular():
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(to, relative, e.Name()), text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func hasGo(t *testing.T, dir string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	return len(files) > 0
}

// Where the tree lies makes no difference to a byte of the binary.
func TestReproducible(t *testing.T) {
	dir := t.TempDir()
	copyTree(t, dir)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w -buildid=", "-buildvcs=false", "-o", filepath.Join(dir, "out"), ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	output(t, cmd)
	again := filepath.Join(dir, "again")
	here := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w -buildid=", "-buildvcs=false", "-o", again, "github.com/sockethub/sockethub")
	here.Env = cmd.Env
	output(t, here)
	a, err := os.ReadFile(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(again)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Errorf("two builds differ: %d and %d bytes", len(a), len(b))
	}
}

// A release has a binary for each system, none too large, and its source builds
// without a network. It is made of the last commit.
func TestRelease(t *testing.T) {
	if output, err := exec.Command("git", "rev-parse", "--verify", "HEAD").CombinedOutput(); err != nil {
		peer.Missing(t, "a release is made of a commit: "+string(output))
	}
	dir, tree := t.TempDir(), filepath.Join(t.TempDir(), "tree")
	root := strings.TrimSpace(output(t, exec.Command("go", "list", "-m", "-f", "{{.Dir}}")))
	output(t, exec.Command("git", "clone", "--quiet", root, tree))
	systems := []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64"}
	if testing.Short() {
		systems = systems[:1]
	}
	output(t, exec.Command(filepath.Join(tree, "packaging", "build"), append([]string{dir}, systems...)...))
	check := exec.Command(peer.Program(t, "sha256sum"), "-c", "SHA256SUMS")
	check.Dir = dir
	output(t, check)
	for _, system := range systems {
		files, err := filepath.Glob(filepath.Join(dir, "sockethub-*-"+strings.ReplaceAll(system, "/", "-")+"*"))
		if err != nil || len(files) != 1 {
			t.Fatalf("for %s it made %v, %v", system, files, err)
		}
		if info, err := os.Stat(files[0]); err != nil || info.Size() > maxSize {
			t.Errorf("for %s: %d bytes, want at most %d; %v", system, info.Size(), maxSize, err)
		}
	}
	archives, err := filepath.Glob(filepath.Join(dir, "sockethub-*-source.tar.gz"))
	if err != nil || len(archives) != 1 {
		t.Fatalf("it made %v, %v", archives, err)
	}
	output(t, exec.Command(peer.Program(t, "tar"), "-xzf", archives[0], "-C", dir))
	source := strings.TrimSuffix(archives[0], "-source.tar.gz")
	build := exec.Command("go", "build", "-mod=vendor", "-trimpath", "-ldflags=-s -w -buildid=", "-o", filepath.Join(dir, "out"), ".")
	build.Dir = source
	// Nothing is there but the archive: no network, and no module of this machine.
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOPROXY=off", "GOFLAGS=", "GOMODCACHE="+filepath.Join(dir, "no-modules"))
	output(t, build)
	if version := output(t, exec.Command(filepath.Join(dir, "out"), "--version")); !strings.HasSuffix(source, "sockethub-"+strings.TrimSpace(version)) {
		t.Errorf("%s has the version %s", filepath.Base(source), version)
	}
}

func TestDebianPackage(t *testing.T) {
	dpkg := peer.Program(t, "dpkg-deb")
	dir := t.TempDir()
	output(t, exec.Command("./deb", dir))
	files, err := filepath.Glob(filepath.Join(dir, "sockethub_*.deb"))
	if err != nil || len(files) != 1 {
		t.Fatalf("it made %v, %v", files, err)
	}
	contents := output(t, exec.Command(dpkg, "--contents", files[0]))
	for _, want := range []string{
		"-rwxr-xr-x root/root .* ./usr/bin/sockethub\n", "./usr/lib/systemd/system/sockethub.service\n", "./usr/lib/systemd/system/sockethub.socket\n",
		"./etc/sockethub/sockethub.config.json\n", "./usr/share/man/man1/sockethub.1.gz\n", "./usr/share/bash-completion/completions/sockethub\n",
		"./usr/share/zsh/vendor-completions/_sockethub\n", "./usr/share/fish/vendor_completions.d/sockethub.fish\n",
		"./usr/share/sockethub/sockethub-config.schema.json\n", "./usr/share/doc/sockethub/copyright\n",
	} {
		if !regexp.MustCompile(want).MatchString(contents) {
			t.Errorf("%q is missing in\n%s", want, contents)
		}
	}
	if strings.Contains(contents, "generator") {
		t.Errorf("a tool of the build is in the package:\n%s", contents)
	}
	output(t, exec.Command(dpkg, "--extract", files[0], filepath.Join(dir, "root")))
	root := filepath.Join(dir, "root")
	cmd := exec.Command(filepath.Join(root, "usr/bin/sockethub"), "--config", filepath.Join(root, "etc/sockethub/sockethub.config.json"), "--info")
	cmd.Dir = dir
	if out := output(t, cmd); !strings.Contains(out, "redis URL: none") {
		t.Errorf("with the package's configuration:\n%s", out)
	}
	if fields := output(t, exec.Command(dpkg, "--field", files[0])); !strings.Contains(fields, "Package: sockethub\n") {
		t.Errorf("its fields are\n%s", fields)
	}
}
