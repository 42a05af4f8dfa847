package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sockethub/sockethub/ratelimit"
)

// hash is the digest of "sesame" in hexadecimal digits.
var hash = fmt.Sprintf("%x", DigestOf("sesame"))

func TestParse(t *testing.T) {
	tests := []struct {
		name, text, want string // want: what the error is, "" for none
	}{
		{"nobody", `[]`, ""},
		{"all members", `[{"hash":"` + hash + `","name":"webapp","platforms":["irc"],"expires":"2027-01-31T00:00:00Z"}]`, ""},
		{"upper case", `[{"hash":"` + strings.ToUpper(hash) + `","name":"a"}]`, ""},
		{"no text", ``, "line 1: the text ends before the array does"},
		{"no array", `{}`, "line 1: an array of tokens is needed"},
		{"cut", "[\n{\"hash\"", "line 2: the text ends before the array does"},
		{"a comma too few", "[\n {\"hash\":\"" + hash + "\",\"name\":\"a\"}\n {}]", "line 3: this is not JSON"},
		{"more behind", "[]\n[]", "line 2: something follows the array"},
		{"no object", "[\n\n7]", "line 3: a token is an object"},
		{"null", "[null]", "line 1: a token is an object"},
		{"unknown member", "[\n{\"hash\":\"" + hash + "\",\"name\":\"a\",\"token\":\"sesame\"}]", "line 2: a token is an object"},
		{"no name", `[{"hash":"` + hash + `"}]`, "line 1: name must be"},
		{"a name that breaks lines", `[{"hash":"` + hash + `","name":"a\nb"}]`, "line 1: name must be"},
		{"short hash", `[{"hash":"9f86","name":"a"}]`, `line 1: hash of "a" must be`},
		{"long hash", `[{"hash":"` + hash + `00","name":"a"}]`, `line 1: hash of "a" must be`},
		{"the hash of nothing", `[{"hash":"` + fmt.Sprintf("%x", None) + `","name":"a"}]`, "line 1: hash of \"a\" is that of nothing"},
		{"no platforms", `[{"hash":"` + hash + `","name":"a","platforms":[]}]`, "line 1: platforms of \"a\" must name some"},
		{"a day", `[{"hash":"` + hash + `","name":"a","expires":"2027-01-31"}]`, `line 1: expires of "a" must be`},
		{"twice", "[{\"hash\":\"" + hash + "\",\"name\":\"a\"},\n{\"hash\":\"" + hash + "\",\"name\":\"b\"}]", `line 2: the hash of "b" is another's too`},
		{"one name for two", "[{\"hash\":\"" + hash + "\",\"name\":\"a\"},\n{\"hash\":\"" + fmt.Sprintf("%x", DigestOf("b")) + "\",\"name\":\"a\"}]", `line 2: name "a" is there twice`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.text))
			switch {
			case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)):
				t.Errorf("Parse(%s): %v, want %s", tt.text, err, tt.want)
			case err != nil && (strings.Contains(err.Error(), hash) || strings.Contains(err.Error(), "sesame")):
				t.Errorf("a secret is in %q", err)
			}
		})
	}
}

// What Parse accepts is written so that it reads the same again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`[{"hash":"` + hash + `","name":"webapp","platforms":["irc"],"expires":"2027-01-31T00:00:00Z"}]`))
	f.Add([]byte(`[{"hash":"` + hash + `","name":"a"}`))
	f.Add([]byte("[\n{}, 7]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := Parse(text)
		if err != nil {
			return
		}
		written := list.appendFile(nil)
		again, err := Parse(written)
		if err != nil {
			t.Fatalf("%q became %q: %v", text, written, err)
		}
		if twice := again.appendFile(nil); string(twice) != string(written) {
			t.Errorf("%q became %q", written, twice)
		}
	})
}

func TestAddListRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	expires := time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)
	first, err := Add(path, Token{Name: "webapp", Platforms: []string{"irc"}, Expires: expires})
	if err != nil {
		t.Fatal(err)
	}
	second, err := Add(path, Token{Name: "script"})
	if err != nil || first == second || len(first) != 43 {
		t.Fatalf("tokens %d characters long, %v", len(first), err)
	}
	if _, err := Add(path, Token{Name: "script"}); err == nil {
		t.Error("a name was given twice")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	text, _ := os.ReadFile(path)
	if strings.Contains(string(text), first) {
		t.Error("the token is in the file")
	}
	list, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := list.find(DigestOf(first)); got == nil || got.Name != "webapp" || !got.Expires.Equal(expires) || !got.Allows("irc") || got.Allows("xmpp") {
		t.Errorf("got %+v", got)
	}
	if err := Remove(path, "webapp"); err != nil {
		t.Fatal(err)
	}
	if list, err = Read(path); err != nil || list.find(DigestOf(first)) != nil || list.find(DigestOf(second)) == nil {
		t.Errorf("after a removal: %v", err)
	}
	if err := Remove(path, "webapp"); err == nil {
		t.Error("it was removed twice")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestBearer(t *testing.T) {
	for header, want := range map[string]Digest{
		"":                None,
		"Bearer sesame":   DigestOf("sesame"),
		"bearer  sesame ": DigestOf("sesame"),
		"Basic c2VzYW1l":  None,
		"sesame":          None,
		"Bearer":          None,
	} {
		r := httptest.NewRequest(http.MethodGet, "/?token=sesame&access_token=sesame", nil)
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		if Bearer(r) != want {
			t.Errorf("Authorization: %q is taken for another token", header)
		}
	}
}

// A broken edit keeps the last good one, and says the line once.
func TestKeeperFollowsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	token, err := Add(path, Token{Name: "webapp"})
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	k, err := Open(path, slog.New(slog.NewTextHandler(&lines, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("[\n{"), 0o600); err != nil {
		t.Fatal(err)
	}
	k.refresh()
	k.refresh()
	if k.list.Load().find(DigestOf(token)) == nil || strings.Count(lines.String(), "line 2: ") != 1 {
		t.Errorf("after a broken edit: %s", &lines)
	}
	os.Remove(path)
	k.refresh()
	if k.Len() != 1 {
		t.Error("a file that is gone took its tokens along")
	}
	if _, err := Add(path, Token{Name: "other"}); err != nil {
		t.Fatal(err)
	}
	k.refresh()
	if k.list.Load().find(DigestOf(token)) != nil || k.Len() != 1 {
		t.Error("the new file is not in force")
	}
}

// guardOf makes a guard with a token that is right, and one that has expired.
func guardOf(t testing.TB, l ratelimit.Limit) (g *Guard, right, expired string, log *strings.Builder) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens.json")
	right, err := Add(path, Token{Name: "webapp"})
	if err != nil {
		t.Fatal(err)
	}
	if expired, err = Add(path, Token{Name: "old", Expires: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
	log = new(strings.Builder)
	logger := slog.New(slog.NewTextHandler(log, nil))
	k, err := Open(path, logger)
	if err != nil {
		t.Fatal(err)
	}
	return NewGuard(k, ratelimit.NewMemory(0), l, logger), right, expired, log
}

var usual = ratelimit.Limit{Max: 10, Window: time.Minute, Block: 5 * time.Minute}

// All that is wrong is answered alike, and the log has names and addresses only.
func TestGuard(t *testing.T) {
	g, right, expired, log := guardOf(t, usual)
	for shown, line := range map[string]string{
		"":      "refused: no token",
		"wrong": "refused: wrong token",
		expired: `refused: token has expired" namespace=audit name=old address=203.0.113.7`,
	} {
		if _, err := g.Check(t.Context(), "203.0.113.7", DigestOf(shown)); err != errUnauthorized {
			t.Errorf("%q: %v", shown, err)
		}
		if !strings.Contains(log.String(), line) {
			t.Errorf("%q is missing in\n%s", line, log)
		}
	}
	if got, err := g.Check(t.Context(), "203.0.113.7", DigestOf(right)); err != nil || got.Name != "webapp" {
		t.Errorf("the right one: %v", err)
	}
	if !strings.Contains(log.String(), `msg="token used" namespace=audit name=webapp address=203.0.113.7`) {
		t.Errorf("no line of use in\n%s", log)
	}
	for _, secret := range []string{right, expired, fmt.Sprintf("%x", DigestOf(right))} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("a secret is in\n%s", log)
		}
	}
}

// Ten wrong tokens keep an address out for five minutes, a right one too; others
// of its network go with it, and nobody else.
func TestBruteForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, right, _, _ := guardOf(t, usual)
		try := func(address, token string) error {
			_, err := g.Check(t.Context(), address, DigestOf(token))
			return err
		}
		for i := range 10 {
			if err := try("2001:db8::"+fmt.Sprint(i), fmt.Sprint("guess ", i)); err != errUnauthorized {
				t.Fatalf("try %d: %v", i, err)
			}
		}
		var refusal *Refusal
		if err := try("2001:db8::99", right); !errors.As(err, &refusal) || refusal.Code != CodeRateLimited || refusal.Retry != 5*time.Minute {
			t.Fatalf("try 10: %v", err)
		}
		for i := range 1000 {
			if err := try(fmt.Sprintf("198.51.%d.%d", i/250, i%250), "guess"); err != errUnauthorized {
				t.Fatalf("from another address: %v", err)
			}
		}
		if err := try("192.0.2.1", right); err != nil {
			t.Errorf("somebody else: %v", err)
		}
		time.Sleep(5*time.Minute - time.Second)
		if g.Blocked("2001:db8::") == 0 {
			t.Error("it is let in too early")
		}
		time.Sleep(time.Second)
		if err := try("2001:db8::1", right); err != nil {
			t.Errorf("after five minutes: %v", err)
		}
	})
}

// Where servers share a counter, a block holds at each of them from the next wrong
// token on, however short the time in which they are counted.
func TestBruteForceOfSeveralServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _, _, _ := guardOf(t, usual)
		b, right, _, _ := guardOf(t, usual)
		shared := ratelimit.NewMemory(0)
		a.lockout, b.lockout = ratelimit.NewLockout("auth ", shared, usual), ratelimit.NewLockout("auth ", shared, usual)
		for range 10 {
			a.Check(t.Context(), "203.0.113.7", DigestOf("guess"))
		}
		time.Sleep(4 * time.Minute)
		if _, err := b.Check(t.Context(), "203.0.113.7", DigestOf("one more")); err != errUnauthorized {
			t.Fatalf("one more guess at the other server: %v", err)
		}
		var refusal *Refusal
		if _, err := b.Check(t.Context(), "203.0.113.7", DigestOf(right)); !errors.As(err, &refusal) || refusal.Code != CodeRateLimited {
			t.Errorf("the next: %v", err)
		}
	})
}

// While the counter cannot be reached tries are counted here.
func TestBruteForceWithoutRedis(t *testing.T) {
	g, _, _, _ := guardOf(t, usual)
	g.lockout = ratelimit.NewLockout("auth ", brokenCounter{}, usual)
	for range 10 {
		g.Check(t.Context(), "203.0.113.7", DigestOf("guess"))
	}
	if g.Blocked("203.0.113.7") == 0 {
		t.Error("nobody counted")
	}
}

type brokenCounter struct{}

func (brokenCounter) Count(context.Context, string, time.Duration) (ratelimit.Count, error) {
	return ratelimit.Count{}, errors.New("gone")
}

func (brokenCounter) Extend(context.Context, string, time.Duration) error { return errors.New("gone") }

// What a refused try costs: with one token in the file, and with as many as may be.
func BenchmarkRefused(b *testing.B) {
	for _, tokens := range []int{2, maxTokens} {
		b.Run(fmt.Sprint(tokens), func(b *testing.B) {
			g, _, _, _ := guardOf(b, ratelimit.Limit{Max: 1 << 30, Window: time.Minute})
			list := &List{byName: map[string]*Token{}}
			for i := range tokens {
				list.tokens = append(list.tokens, &Token{Name: fmt.Sprint(i), digest: DigestOf(fmt.Sprint(i))})
			}
			g.keeper.list.Store(list)
			g.log = slog.New(slog.DiscardHandler)
			for b.Loop() {
				g.Check(b.Context(), "203.0.113.7", DigestOf("a guess that is as long as a token is, so"))
			}
		})
	}
	b.Run("blocked", func(b *testing.B) {
		g, _, _, _ := guardOf(b, usual)
		for range 10 {
			g.Check(b.Context(), "203.0.113.7", DigestOf("guess"))
		}
		for b.Loop() {
			g.Check(b.Context(), "203.0.113.7", DigestOf("a guess that is as long as a token is, so"))
		}
	})
}

// A token goes over to the next program as long as it is in force as it was.
func TestTokenState(t *testing.T) {
	g, right, _, _ := guardOf(t, usual)
	token, err := g.Check(t.Context(), "203.0.113.7", DigestOf(right))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(*TokenState)
		ok     bool
	}{
		{"as it was", func(*TokenState) {}, true},
		{"for other platforms", func(s *TokenState) { s.Platforms = []string{"irc"} }, false},
		{"another of that name", func(s *TokenState) { s.Digest[0]++ }, false},
		{"none of that name", func(s *TokenState) { s.Name = "x" }, false},
		{"no digest", func(s *TokenState) { s.Digest = nil }, false},
	} {
		text, err := json.Marshal(token.State())
		if err != nil {
			t.Fatal(err)
		}
		var state TokenState
		if err := json.Unmarshal(text, &state); err != nil {
			t.Fatal(err)
		}
		tt.change(&state)
		if got, err := g.Restore(&state); (err == nil) != tt.ok || tt.ok && got != token {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
	}
	if _, err := g.Restore((*Token)(nil).State()); err == nil {
		t.Error("a session without a token is let in")
	}
}
