package daemon

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTokenCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	environ := []string{"SOCKETHUB_AUTH_TOKEN_FILE=tokens.json"}
	tests := []struct {
		args           []string
		status         int
		stdout, stderr string // how they begin
	}{
		{[]string{"token"}, 1, "", "Error: token requires one of add, list, remove\n"},
		{[]string{"token", "ad"}, 1, "", "Error: token requires one of add, list, remove; did you mean add?\n"},
		{[]string{"token", "add"}, 1, "", "Error: token add requires a name\n"},
		{[]string{"token", "list"}, 1, "", "Error: open tokens.json: "},
		{[]string{"token", "add", "a b"}, 1, "", "Error: name must be 1 to 64 letters"},
		{[]string{"token", "add", "webapp", "--platform", "dumy"}, 1, "", "Error: --platform: this server has no platform \"dumy\"\n"},
		{[]string{"token", "add", "webapp", "--expires", "soon"}, 1, "", "Error: --expires: found \"soon\", allowed: 90d, 12h, "},
		{[]string{"token", "add", "webapp", "--expires", "2001-01-31T00:00:00Z"}, 1, "", "Error: --expires: 2001-01-31T00:00:00Z is over\n"},
		{[]string{"serve", "--expires", "90d"}, 1, "", "Error: --expires belongs to the command token add\n"},
		{[]string{"token", "add", "webapp", "--platform", "dummy,feeds", "--expires=2199-01-31T00:00:00Z"}, 0, "", "this is the token of webapp; it is kept nowhere and not shown again\n"},
		{[]string{"token", "add", "webapp"}, 1, "", "Error: name \"webapp\" is there twice\n"},
		{[]string{"token", "add", "script"}, 0, "", "this is the token of script; "},
		{[]string{"token", "list"}, 0, "webapp\tdummy,feeds\tuntil 2199-01-31T00:00:00Z\nscript\tall platforms\tfor ever\n", ""},
		{[]string{"token", "remove", "webapp"}, 0, "webapp is taken out of tokens.json; its sessions end within 10 s\n", ""},
		{[]string{"token", "remove", "webapp"}, 1, "", "Error: tokens.json has no token \"webapp\"\n"},
		{[]string{"token", "list"}, 0, "script\tall platforms\tfor ever\n", ""},
	}
	for _, tt := range tests {
		status, stdout, stderr := run(t, environ, tt.args...)
		if status != tt.status || !strings.HasPrefix(stdout, tt.stdout) || !strings.HasPrefix(stderr, tt.stderr) {
			t.Errorf("%v: status %d, %q, %q; want %d, %q…, %q…", tt.args, status, stdout, stderr, tt.status, tt.stdout, tt.stderr)
		}
	}
	if info, err := os.Stat("tokens.json"); err != nil || os.PathSeparator == '/' && info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	if status, _, stderr := run(t, nil, "token", "list"); status != 1 || !strings.Contains(stderr, "SOCKETHUB_AUTH_TOKEN_FILE") {
		t.Errorf("without a file: %d %q", status, stderr)
	}
}

func TestExpiry(t *testing.T) {
	now := time.Date(2026, 11, 2, 3, 4, 5, 6, time.UTC)
	for text, want := range map[string]string{"90d": "2027-01-31T03:04:05Z", "12h": "2026-11-02T15:04:05Z", "2027-01-31T00:00:00Z": "2027-01-31T00:00:00Z"} {
		if got, err := expiry(text, now); err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("expiry(%q) = %v, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"0d", "-3d", "99999d", "-1h", "tomorrow", "2027-01-31"} {
		if got, err := expiry(text, now); err == nil {
			t.Errorf("expiry(%q) = %v", text, got)
		}
	}
}

// A server that lets in only who has a token does not start without one.
func TestNoTokenNoStart(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"none.json": "[]", "broken.json": "[\n{"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ file, want string }{
		{"", "auth.required: auth.backends.preshared.tokenFile is missing: nobody could come in"},
		{"missing.json", "auth.backends.preshared.tokenFile: open missing.json: "},
		{"none.json", "auth.backends.preshared.tokenFile: none.json has no token: nobody could come in"},
		{"broken.json", "auth.backends.preshared.tokenFile: broken.json: line 2: "},
	} {
		environ := []string{"AUTH_REQUIRED=1", "SOCKETHUB_AUTH_TOKEN_FILE=" + tt.file, "PORT=0", "LOG_FILE=" + filepath.Join(t.TempDir(), "log")}
		if status, _, stderr := run(t, environ, "serve"); status != 1 || !strings.Contains(stderr, tt.want) {
			t.Errorf("%q: status %d, %q; want %q", tt.file, status, stderr, tt.want)
		}
	}
}

func TestReach(t *testing.T) {
	t.Chdir(t.TempDir())
	config := `{"policy":{"allow":["*.example:6697","203.0.113.0/24","127.0.0.1"],"deny":["203.0.113.66"]}}`
	if err := os.WriteFile("sockethub.config.json", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		where  string
		status int
		want   string
	}{
		{"203.0.113.7:6697", 0, "203.0.113.7:6697 at 203.0.113.7: allowed by policy.allow \"203.0.113.0/24\"\n   the address is not public: "},
		{"203.0.113.66:6697", 1, "203.0.113.66:6697: refused by policy.deny \"203.0.113.66\"\n"},
		{"127.0.0.1:80", 0, "127.0.0.1:80 at 127.0.0.1: allowed by policy.allow \"127.0.0.1\"\n"},
		{"192.0.2.1:80", 1, "192.0.2.1:80: refused by no rule of policy.allow\n"},
		{"192.0.2.1", 1, ""},
	} {
		status, stdout, _ := run(t, nil, "check", "--reach", tt.where)
		if status != tt.status || !strings.HasPrefix(stdout, tt.want) {
			t.Errorf("%s: status %d, %q; want %d, %q", tt.where, status, stdout, tt.status, tt.want)
		}
	}
	_, stdout, _ := run(t, []string{"PORT=0"}, "check")
	if !strings.Contains(stdout, "   policy: platforms may reach only *.example:6697, 203.0.113.0/24, 127.0.0.1\n   policy: but never 203.0.113.66\n") {
		t.Errorf("check says\n%s", stdout)
	}
	for environ, want := range map[string]string{
		"": "connections at a time: 20 for an address\n   policy: workers with accounts at a time: 100 in all, 50 for an address, 25 for a client\n",
		"SOCKETHUB_LIMITS_CONNECTIONS_PER_TOKEN=5":   "connections at a time: 20 for an address, 5 for a token\n",
		"SOCKETHUB_LIMITS_INSTANCES_PER_TOKEN=3":     "100 in all, 50 for an address, 25 for a client, 3 for a token\n",
		"SOCKETHUB_LIMITS_INSTANCES_PER_ADDRESS=0":   "100 in all, 25 for a client\n",
		"SOCKETHUB_LIMITS_INSTANCES_PER_SESSION=100": "100 in all, 50 for an address, 100 for a client\n",
	} {
		if _, stdout, _ := run(t, []string{"PORT=0", environ}, "check"); !strings.Contains(stdout, want) {
			t.Errorf("%s: %q is missing in\n%s", environ, want, stdout)
		}
	}
	if status, _, stderr := run(t, []string{"SOCKETHUB_POLICY_DENY=http://x"}, "check"); status != 1 || !strings.Contains(stderr, `policy.deny`) {
		t.Errorf("a wrong rule: %d %q", status, stderr)
	}
}

// The program as it runs: who has no token is told so, and the worker gets the policy.
func TestServeWithTokens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens.json")
	status, token, stderr := run(t, []string{"SOCKETHUB_AUTH_TOKEN_FILE=" + file}, "token", "add", "webapp")
	if status != 0 {
		t.Fatal(stderr)
	}
	p := start(t, `{"platforms":["dummy","feeds"],"httpActions":{"enabled":true,"requireRequestId":false},"policy":{"deny":["feeds.example"]},"auth":{"required":true,"backends":{"preshared":{"tokenFile":"`+file+`"}}}}`, nil)
	url := p.url()
	fetch := `{"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/feeds/v1.jsonld"],"type":"fetch","actor":{"id":"http://feeds.example/feed.xml","type":"feed"}}`
	post := func(authorization string) (int, string) {
		request, err := http.NewRequest("POST", url+"/sockethub-http", strings.NewReader(fetch))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		if authorization != "" {
			request.Header.Set("Authorization", authorization)
		}
		return do(t, request)
	}
	if status, body := post(""); status != http.StatusUnauthorized {
		t.Errorf("without a token: %d %s", status, body)
	}
	if status, body := post("Bearer " + strings.TrimSpace(token)); status != http.StatusOK || !strings.Contains(body, `"code":"policy_refused"`) {
		t.Errorf("with the token: %d %s", status, body)
	}
	p.await(`policy refusal: connection of feeds`)
}

func do(t *testing.T, request *http.Request) (int, string) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body strings.Builder
	if err := response.Write(&body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body.String()
}
