package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// Two servers with one Redis count the wrong tokens of an address together, and
// take it in turns to be asked: neither gives it more tries than one would.
func TestWrongTokensAtTwoServers(t *testing.T) {
	redis := startRedis(t, false)
	file := filepath.Join(t.TempDir(), "tokens.json")
	const webapp = `[{"hash":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","name":"webapp"}]` // of "test"
	if err := os.WriteFile(file, []byte(webapp), 0o600); err != nil {
		t.Fatal(err)
	}
	config := withStore(map[string]any{
		"redis":       map[string]any{"url": redis.url()},
		"httpActions": map[string]any{"enabled": true, "requireRequestId": false},
		"auth":        map[string]any{"required": true, "backends": map[string]any{"preshared": map[string]any{"tokenFile": file}}},
	})
	const secret = "SOCKETHUB_SECRET=0123456789abcdef0123456789abcdef"
	servers := []*server{startServer(t, config, secret), startServer(t, config, secret)}
	try := func(s *server, token string) int {
		request, err := http.NewRequest("GET", s.url+"/sockethub-http/nobodys", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	for _, s := range servers {
		if got := try(s, "test"); got != http.StatusNotFound {
			t.Fatalf("the right token: %d", got)
		}
	}
	for i := range 10 {
		if got := try(servers[i%2], "guess"); got != http.StatusUnauthorized {
			t.Fatalf("guess %d: %d", i, got)
		}
	}
	if got := try(servers[1], "test"); got != http.StatusTooManyRequests {
		t.Errorf("the right token at the server that counted ten: %d", got)
	}
	if got := try(servers[0], "guess"); got != http.StatusUnauthorized {
		t.Errorf("the eleventh guess: %d", got)
	}
	if got := try(servers[0], "test"); got != http.StatusTooManyRequests {
		t.Errorf("the right token at the other server then: %d", got)
	}
}
