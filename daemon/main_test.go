package daemon

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/caldav"
	"github.com/sockethub/sockethub/platform/carddav"
	"github.com/sockethub/sockethub/platform/dummy"
	"github.com/sockethub/sockethub/platform/feeds"
	"github.com/sockethub/sockethub/platform/irc"
	"github.com/sockethub/sockethub/platform/metadata"
	"github.com/sockethub/sockethub/platform/xmpp"
)

// TestMain lets the test binary be the server too: what is tested is a process
// of its own, with workers of its own.
func TestMain(m *testing.M) {
	platform.Main(definitions()...)
	if os.Getenv("SERVE_AS_TEST") != "" {
		os.Unsetenv("SERVE_AS_TEST")
		Main(definitions()...)
	}
	os.Exit(m.Run())
}

// definitions are the platforms that the tests' server has.
func definitions() []*platform.Definition {
	return []*platform.Definition{caldav.Definition(), carddav.Definition(), dummy.Definition(), feeds.Definition(), irc.Definition(), metadata.Definition(), xmpp.Definition()}
}

// table has the settings of the tests' server.
func table(t *testing.T) *config.Table {
	t.Helper()
	table, err := config.New(BuiltIn(definitions())...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// load reads the settings as the program does.
func load(t *testing.T, args, environ []string) *config.Config {
	t.Helper()
	command, err := table(t).ParseArgs(args)
	if err != nil {
		t.Fatal(err)
	}
	c, err := command.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// run runs a command within this process.
func run(t *testing.T, environ []string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &program{definitions: definitions(), environ: environ, stdout: &out, stderr: &errs}
	status = p.run(args)
	return status, out.String(), errs.String()
}

func TestCommandsThatOnlyPrint(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("broken.json", []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	written := filepath.Join(dir, "new.json")
	tests := []struct {
		name           string
		args           []string
		status         int
		stdout, stderr string // what they begin with; "" is nothing
	}{
		{"help wins over everything", []string{"-c", "broken.json", "--version", "--help"}, 0, "Sockethub " + config.Version + ": ", ""},
		{"version with a broken file", []string{"-v", "-c", "broken.json"}, 0, config.Version + "\n", ""},
		{"write to the standard output", []string{"--write-config", "-"}, 0, "{\n    \"$schema\": ", ""},
		{"write", []string{"--write-config", "new.json"}, 0, "wrote default config to " + written + "\n", ""},
		{"write again", []string{"--write-config=new.json"}, 1, "", "refusing to overwrite existing file: " + written + "\n"},
		{"write nowhere", []string{"--write-config", "no/where"}, 1, "", "open " + filepath.Join(dir, "no/where") + ": no such file or directory\n"},
		{"what was written works", []string{"-c", "new.json", "--info"}, 0, "sockethub " + config.Version + "\n", "this build"},
		{"generate", []string{"generate", "man"}, 0, ".TH SOCKETHUB 1", ""},
		{"broken file", []string{"-c", "broken.json"}, 1, "", "Error: broken.json:1:1: this is not JSON: unexpected end of JSON input\n"},
		{"unknown flag", []string{"--prot"}, 1, "", "Error: unknown flag --prot; did you mean --port?\n"},
		{"no Sentry to test", []string{"--sentry-test"}, 1, "", "Sentry is not configured; no test event was sent\n"},
		{"no Sentry to crash into", []string{"--sentry-test-crash"}, 1, "", "Sentry is not configured; no crash was reported\n"},
		{"nobody to be healthy", []string{"health", "--port", "1"}, 1, "", "Get "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := run(t, nil, tt.args...)
			begins := func(got, want string) bool { return strings.HasPrefix(got, want) && (want != "" || got == "") }
			if tt.name == "what was written works" {
				stderr, tt.stderr = "", "" // remarks on what this build lacks
			}
			if status != tt.status || !begins(stdout, tt.stdout) || !begins(stderr, tt.stderr) {
				t.Errorf("status %d, stdout %.200q, stderr %.300q\nwant %d, %q…, %q…", status, stdout, stderr, tt.status, tt.stdout, tt.stderr)
			}
		})
	}
}

// --info needs no Redis, and does not show its password.
func TestInfo(t *testing.T) {
	t.Chdir(t.TempDir())
	status, stdout, stderr := run(t, []string{"REDIS_URL=redis://u:hunter2@127.0.0.1:1"}, "--info", "--no-examples", "--host", "::1", "--port", "99")
	if status != 0 || strings.Contains(stdout+stderr, "hunter2") {
		t.Errorf("status %d\n%s\n%s", status, stdout, stderr)
	}
	for _, want := range []string{"\nwebsocket: ws://[::1]:99/sockethub\n", "\nexamples: disabled\n", "\nredis URL: redis://***@127.0.0.1:1\n", "\n- dummy\n version: ", "\n AS types: credentials, "} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing in\n%s", want, stdout)
		}
	}
}

func TestPlatformsOfTheConfiguration(t *testing.T) {
	load := func(text string) *config.Config {
		t.Helper()
		t.Chdir(t.TempDir())
		if err := os.WriteFile("c.json", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return load(t, []string{"-c", "c.json"}, nil)
	}
	p := &program{definitions: definitions()}
	found, err := p.findPlatforms(t.Context(), load(`{"platforms":["dummy"],"packageConfig":{"@sockethub/platform-dummy":{"greeting":"Hi"}}}`))
	if err != nil || len(found.definitions) != 1 || string(found.config["dummy"]) != `{"greeting":"Hi"}` {
		t.Errorf("got %+v, %v", found, err)
	}
	found, err = p.findPlatforms(t.Context(), load(`{"platforms":["feeds"],"packageConfig":{"feeds":{"concurrency":3}}}`))
	if err != nil || found.definitions[0].Concurrency != 3 {
		t.Errorf("concurrency is not taken over: %+v, %v", found, err)
	}
	if _, err := p.findPlatforms(t.Context(), load(`{"platforms":["./no-such-program"]}`)); err == nil || !strings.Contains(err.Error(), "no-such-program") {
		t.Errorf("an executable that is not there: %v", err)
	}
}
