//go:build release

// What a release consists of takes minutes to build: testdata/run does it, and
// go test ./... does not.

package packaging

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

// A release has a binary for each system, none too large, with a list of what is
// in it, and its source builds without a network to the same bytes, whatever the
// user's "go env" says. It is made of the last commit.
func TestRelease(t *testing.T) {
	if output, err := exec.Command("git", "rev-parse", "--verify", "HEAD").CombinedOutput(); err != nil {
		peer.Missing(t, "a release is made of a commit: "+string(output))
	}
	dir, tree := t.TempDir(), filepath.Join(t.TempDir(), "tree")
	root := strings.TrimSpace(output(t, exec.Command("go", "list", "-m", "-f", "{{.Dir}}")))
	output(t, exec.Command("git", "clone", "--quiet", root, tree))
	systems := []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64"}
	output(t, exec.Command(filepath.Join(tree, "packaging", "build"), append([]string{dir}, systems...)...))
	check := exec.Command(peer.Program(t, "sha256sum"), "-c", "SHA256SUMS")
	check.Dir = dir
	output(t, check)
	for _, system := range systems {
		files, err := filepath.Glob(filepath.Join(dir, "sockethub-*-"+strings.ReplaceAll(system, "/", "-")+"*"))
		if err != nil || len(files) != 2 {
			t.Fatalf("for %s it made %v, %v", system, files, err)
		}
		if info, err := os.Stat(files[0]); err != nil || info.Size() > maxSize {
			t.Errorf("for %s: %d bytes, want at most %d; %v", system, info.Size(), maxSize, err)
		}
		checkSBOM(t, files[1])
	}
	archives, err := filepath.Glob(filepath.Join(dir, "sockethub-*-source.tar.gz"))
	if err != nil || len(archives) != 1 {
		t.Fatalf("it made %v, %v", archives, err)
	}
	elsewhere := t.TempDir()
	output(t, exec.Command(peer.Program(t, "tar"), "-xzf", archives[0], "-C", elsewhere))
	source := filepath.Join(elsewhere, strings.TrimSuffix(filepath.Base(archives[0]), "-source.tar.gz"))
	again := exec.Command(filepath.Join(source, "packaging", "build"), filepath.Join(elsewhere, "out"), systems[0])
	// Nothing is there but the archive: no network, and no module of this machine.
	again.Env = append(os.Environ(), "GOPROXY=off", "GOMODCACHE="+filepath.Join(elsewhere, "no-modules"),
		"GOFLAGS=-buildvcs=true -tags=other", "GOAMD64=v3", "GOEXPERIMENT=greenteagc", "SOURCE_DATE_EPOCH=1")
	output(t, again)
	binary := filepath.Base(source) + "-linux-amd64"
	a, err := os.ReadFile(filepath.Join(dir, binary))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(elsewhere, "out", binary))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Errorf("git's tree and the source archive give different bytes: %d and %d of them", len(a), len(b))
	}
	if runtime.GOOS+"/"+runtime.GOARCH == systems[0] {
		if version := output(t, exec.Command(filepath.Join(dir, binary), "--version")); !strings.HasSuffix(source, "sockethub-"+strings.TrimSpace(version)) {
			t.Errorf("%s has the version %s", filepath.Base(source), version)
		}
	}
}

// checkSBOM reads a CycloneDX document.
func checkSBOM(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var bom struct {
		BOMFormat  string
		Components []struct{ Name, Version, PURL string }
	}
	if err := json.Unmarshal(text, &bom); err != nil || bom.BOMFormat != "CycloneDX" {
		t.Fatalf("%s: %v", path, err)
	}
	var names []string
	for _, c := range bom.Components {
		names = append(names, c.Name)
		if c.Version == "" || !strings.HasPrefix(c.PURL, "pkg:golang/"+c.Name+"@") {
			t.Errorf("%s: %+v", path, c)
		}
	}
	for _, want := range []string{"std", "github.com/gomodule/redigo", "github.com/getsentry/sentry-go"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s does not list %s: %v", path, want, names)
		}
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
		"./usr/share/sockethub/sockethub-config.schema.json\n", "./usr/share/sockethub/sockethub-client.mjs\n", "./usr/share/sockethub/sockethub-client.d.ts\n", "./usr/share/doc/sockethub/copyright\n", "./etc/logrotate.d/sockethub\n",
		"./usr/share/doc/sockethub/PROTOCOL.md\n", "./usr/share/doc/sockethub/access.md\n", "./usr/share/doc/sockethub/messages/irc.md\n",
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
