// Package browser drives what browsers load, in a headless Chromium: the client
// scripts, and each page of the examples against the real server.
//
//	go test ./testdata/browser
//	go test ./testdata/browser -run Examples -pictures $PWD/docs
//
// The tests are scripts for node, which knows how to drive a browser; a Go test
// starts each and reports what it says. ONLY=words runs those of a script whose
// names hold these words; CLIENT=npm puts npm's socket.io-client in the place of
// ours, to see whether a test asks for what everybody does.
package browser

import (
	"bufio"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/testdata/peer"
)

var (
	pictures = flag.String("pictures", "", "folder to write screenshots into")
	binary   = flag.String("binary", "", "server to test; empty: it is built")
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		if *binary != "" {
			return m.Run()
		}
		dir, err := os.MkdirTemp("", "sockethub-browser-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		*binary = filepath.Join(dir, "sockethub")
		build := exec.Command("go", "build", "-o", *binary, "github.com/sockethub/sockethub")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			os.Stderr.Write(out)
			return 1
		}
		return m.Run()
	}())
}

// chromium is the setting that tells a script where the browser is.
func chromium(t *testing.T) string { return "CHROMIUM=" + peer.Program(t, "chromium") }

// runScript runs a file of tests with node and reports each as a subtest.
func runScript(t *testing.T, file string, env ...string) {
	t.Helper()
	node, dir := peer.Node(t)
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, file)
	cmd.Env = append(os.Environ(), append(env, "NODE_DIR="+dir, "PICTURES="+*pictures)...)
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	results := 0
	lines := bufio.NewScanner(out)
	var failed string
	var why []string
	flush := func() {
		if failed != "" {
			text := strings.Join(why, "\n")
			t.Run(failed, func(t *testing.T) { t.Error(text) })
		}
		failed, why = "", nil
	}
	for lines.Scan() {
		line := lines.Text()
		if name, ok := strings.CutPrefix(line, "ok "); ok {
			flush()
			results++
			t.Run(name, func(*testing.T) {})
		} else if name, ok := strings.CutPrefix(line, "skip "); ok {
			flush()
			results++
			name, why, _ := strings.Cut(name, ": ")
			t.Run(name, func(t *testing.T) { t.Skip(why) })
		} else if name, ok := strings.CutPrefix(line, "not ok "); ok {
			flush()
			results++
			failed = name
		} else if failed != "" {
			why = append(why, line)
		} else {
			t.Log(line)
		}
	}
	flush()
	if err := cmd.Wait(); err != nil && !t.Failed() {
		t.Errorf("%s: %v", file, err)
	}
	if results == 0 {
		t.Errorf("%s had no results", file)
	}
}
