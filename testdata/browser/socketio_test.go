package browser

import (
	"bufio"
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/server/gateway/web"
	"github.com/sockethub/server/testdata/peer"
)

// The served socket.io.js, whole and minified, against the npm server.
func TestSocketIOAgainstNPMServer(t *testing.T) {
	site, err := web.New(web.Options{Examples: true, Public: web.Public{Protocol: "http"}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(site)
	defer server.Close()
	runScript(t, "socketio.mjs", "SITE="+server.URL)
}

// runScript runs a file of tests in Chromium and reports each as a subtest.
func runScript(t *testing.T, file string, env ...string) {
	t.Helper()
	node, dir := peer.Node(t)
	chromium := peer.Program(t, "chromium")
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, file)
	cmd.Env = append(os.Environ(), append(env, "NODE_DIR="+dir, "CHROMIUM="+chromium)...)
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
