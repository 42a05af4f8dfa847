package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/httpactions"
	"github.com/sockethub/sockethub/remote"
)

// Two sessions, one after the other: who finds the connection that the first one
// left, and hears and speaks with it.
func TestWhoFindsWhatWasLeft(t *testing.T) {
	const (
		stays  = iota // the owner is connected
		drops         // its link is gone, and it may come back
		leaves        // it said so

		renames = 1 << 4
	)
	page, other := tab("page"), tab("other")
	alice, bob := []string{"X-Forwarded-For: 203.0.113.1"}, []string{"X-Forwarded-For: 203.0.113.2"}
	forger := []string{"X-Forwarded-For: 203.0.113.1, 203.0.113.2"} // bob says that he is a proxy of alice's
	throughTwo := func(client string) []string { return []string{"X-Forwarded-For: " + client + ", 198.51.100.7"} }
	certificate := activityOf("parrot", "credentials", "polly@cage.test", "object", map[string]any{"type": "credentials", "certificate": "PEM"})
	password := func(p string) map[string]any { return secret("polly@cage.test", p) }
	tests := []struct {
		name         string
		owner        string // its auth payload
		ownerHeaders []string
		opens        map[string]any // its credentials
		end          int            // with renames: it changed its nick before
		next         string         // auth payload of who comes then
		nextHeaders  []string
		trusted      int            // so many proxies are
		gives        map[string]any // credentials; nil for none
		finds        bool
	}{
		{"a refresh with the tab's token", page, nil, openCage("low"), drops, page, nil, 0, nil, true},
		{"after it left, with the token", page, nil, openCage("low"), leaves, page, nil, 0, nil, true},
		{"a second tab with the same token", page, nil, openCage("low"), stays, page, nil, 0, nil, false},
		{"another tab of that address", page, nil, openCage("low"), drops, other, nil, 0, nil, false},
		{"another tab, after it left", page, nil, openCage("low"), leaves, other, nil, 0, nil, false},
		{"an older client in its place", page, nil, openCage("low"), leaves, "", nil, 0, nil, false},
		{"a token that is too short", `{"tab":"a","recovery":true}`, nil, openCage("low"), drops, `{"tab":"a","recovery":true}`, nil, 0, nil, false},
		{"older clients, while the owner may come back", `{"recovery":true}`, nil, openCage("low"), drops, "", nil, 0, nil, false},
		{"older clients, once it is gone for good", "", nil, openCage("low"), leaves, "", nil, 0, nil, true},
		{"older clients behind an unknown proxy", "", alice, openCage("low"), leaves, "", bob, 0, nil, false},
		{"the same person behind an unknown proxy", page, alice, openCage("low"), drops, page, bob, 0, nil, true},
		{"older clients behind a trusted proxy", "", alice, openCage("low"), leaves, "", alice, 1, nil, true},
		{"another one behind it", "", alice, openCage("low"), leaves, "", bob, 1, nil, false},
		{"with the secret, while the owner is there", "", nil, password("cracker"), stays, "", nil, 0, password("cracker"), true},
		{"with the secret, from elsewhere", page, alice, password("cracker"), drops, other, bob, 1, password("cracker"), true},
		{"with another secret", page, nil, password("cracker"), drops, page, nil, 0, password("nut"), false},
		{"with the same certificate", "", nil, certificate, stays, "", nil, 0, certificate, true},
		{"without the certificate, once the owner is gone for good", "", nil, certificate, leaves, "", nil, 0, nil, false},
		{"without the secret, with the token", page, nil, password("cracker"), drops, page, nil, 0, nil, false},
		{"who says to be a proxy, behind a trusted one", "", alice, openCage("low"), leaves, "", forger, 1, nil, false},
		{"older clients behind two trusted proxies", "", throughTwo("203.0.113.1"), openCage("low"), leaves, "", throughTwo("203.0.113.1"), 2, nil, true},
		{"another one behind both", "", throughTwo("203.0.113.1"), openCage("low"), leaves, "", throughTwo("203.0.113.2"), 2, nil, false},
		{"behind two proxies, one of them trusted", "", throughTwo("203.0.113.1"), openCage("low"), leaves, "", throughTwo("203.0.113.2"), 0, nil, false},
		{"behind a proxy that tells the protocol alone", "", []string{"X-Forwarded-Proto: https"}, openCage("low"), leaves, "", []string{"X-Forwarded-Proto: https"}, 0, nil, false},
		{"a refresh after a change of nick, by the new one", page, nil, openCage("low"), drops | renames, page, nil, 0, nil, true},
		{"another tab, by the new nick", page, nil, openCage("low"), drops | renames, other, nil, 0, nil, false},
		{"an older client, by the new nick, while the owner may come back", `{"recovery":true}`, nil, openCage("low"), drops | renames, "", nil, 0, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, address := startGateway(t, func(o *Options) {
				o.ClientAddress = func(r *http.Request) string { return remote.Proxies{Hops: tt.trusted}.Client(r) }
			})
			owner := dial(t, address, tt.owner, tt.ownerHeaders...)
			owner.emit("credentials", tt.opens)
			owner.works(say("connect", ""))
			name := "polly@cage.test"
			if tt.end&renames != 0 {
				owner.works(as(name, "rename", "molly@cage.test"))
				name = "molly@cage.test"
			}
			switch tt.end &^ renames {
			case drops:
				leave(t, g, owner)
			case leaves:
				owner.write("41")
				for deadline := time.Now().Add(patience); g.session(owner.sid) != nil; time.Sleep(time.Millisecond) {
					if time.Now().After(deadline) {
						t.Fatal("the owner is still known")
					}
				}
			}
			next := dial(t, address, tt.next, tt.nextHeaders...)
			if tt.gives != nil {
				next.emit("credentials", tt.gives)
			}
			got := next.emit("message", as(name, "squawk", "craw"))
			if !tt.finds {
				if got["error"] != "squawk called on uninitialized platform" {
					t.Errorf("it may speak: %v", got)
				}
				next.quiet("message")
				return
			}
			if got["error"] != nil {
				t.Fatalf("it may not speak: %v", got)
			}
			if got := next.event("message"); got["type"] != "squawk" {
				t.Errorf("it heard %v", got)
			}
		})
	}
}

// Secrets are not to be found by trying them: after some wrong ones the right one
// leads nowhere either, until the window is over. Another subscriber, and who
// connects, is not kept out.
func TestGuessedSecrets(t *testing.T) {
	_, address := startGateway(t, func(o *Options) {
		o.ClientAddress = func(r *http.Request) string { return remote.Proxies{Hops: 1}.Client(r) }
	})
	login(t, address, "polly@cage.test", "cracker")
	thief := dial(t, address, "", "X-Forwarded-For: 203.0.113.9")
	try := func(c *client, password string) any {
		t.Helper()
		c.emit("credentials", secret("polly@cage.test", password))
		return c.emit("message", say("send", "hello"))["error"]
	}
	var refusals []any
	for n, guess := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "cracker"} {
		if n%2 == 0 { // a verb that has credentials and asks no server either
			thief.emit("credentials", secret("polly@cage.test", guess))
			refusals = append(refusals, thief.emit("message", say("preen", ""))["error"])
			continue
		}
		refusals = append(refusals, try(thief, guess))
	}
	if n := slices.Index(refusals, any(errTooManySecrets.Text)); n != wrongSecrets {
		t.Errorf("refused after %d: %v", n, refusals)
	}
	if got := refusals[len(refusals)-1]; got != errTooManySecrets.Text {
		t.Errorf("the right secret, after the wrong ones: %v", got)
	}
	if got := thief.emit("message", say("connect", ""))["error"]; got != nil {
		t.Errorf("connect with the right secret: %v", got)
	}
	if got := try(thief, "cracker"); got != nil {
		t.Errorf("after it: %v", got)
	}
	owner := dial(t, address, "", "X-Forwarded-For: 203.0.113.10")
	if got := try(owner, "cracker"); got != nil {
		t.Errorf("the owner from elsewhere: %v", got)
	}
}

// Over HTTP they are counted with those.
func TestGuessedSecretsOverHTTP(t *testing.T) {
	_, address := startGateway(t, func(o *Options) { o.HTTPActions = &httpactions.Options{OptionalRequestID: true} })
	login(t, address, "polly@cage.test", "cracker")
	try := func(password string) string {
		body, _ := json.Marshal([]any{secret("polly@cage.test", password), say("send", "hello")})
		res, err := http.Post("http://"+address+"/sockethub-http", "application/json", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for n := range wrongSecrets {
		if got := try(fmt.Sprint("guess ", n)); !strings.Contains(got, "send called on uninitialized platform") {
			t.Errorf("guess %d: %s", n, got)
		}
	}
	if got := try("cracker"); !strings.Contains(got, errTooManySecrets.Text) {
		t.Errorf("the right secret, after the wrong ones: %s", got)
	}
}

// Nobody can try passwords against an instance's id: it is hashed with a key of
// the process.
func TestInstanceIDsAreKeyed(t *testing.T) {
	var ids []string
	for range 2 {
		g, address := startGateway(t, nil)
		login(t, address, "polly@cage.test", "cracker")
		for _, in := range g.manager.Instances() {
			ids = append(ids, in.ID)
		}
	}
	if len(ids) != 2 || ids[0] == ids[1] {
		t.Errorf("two processes have the instances %v", ids)
	}
}

// An owner whose link dropped comes back to its connection and hears what was said
// meanwhile. Somebody else behind the same address, who named the id in between,
// is attached to nothing and hears nothing, then or later.
func TestDroppedOwnerComesBack(t *testing.T) {
	g, address := startGateway(t, nil)
	owner := dial(t, address, `{"recovery":true}`)
	owner.emit("credentials", openCage("low"))
	owner.works(say("connect", ""))
	owner.send("schemas", "x") // an event, so that the client has an offset
	offset := offsetOf(owner.await(`42["schemas",`))
	egg := filepath.Join(t.TempDir(), "egg")
	owner.start("message", say("brood", egg))
	owner.emit("schemas", "x") // the message is taken by now
	leave(t, g, owner)

	stranger := dial(t, address, "")
	stranger.emit("credentials", openCage("low"))
	if got := stranger.emit("message", say("squawk", "craw"))["error"]; got != "squawk called on uninitialized platform" {
		t.Errorf("the stranger: %v", got)
	}
	if err := os.WriteFile(egg, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	back := dial(t, address, `{"pid":"`+owner.pid+`","offset":"`+offset+`"}`)
	if got := back.event("message"); got["type"] != "brood" || got["error"] != nil {
		t.Errorf("the owner hears %v", got)
	}
	back.works(say("squawk", "craw"))
	if got := back.event("message"); got["type"] != "squawk" {
		t.Errorf("the owner hears %v of its own", got)
	}
	stranger.quiet("message")
}

// Of the clients of an address that may come back, three times as many are kept as
// may be there: the oldest makes room, and nobody else's.
func TestAddressHasSoManyToComeBack(t *testing.T) {
	g, address := startGateway(t, func(o *Options) {
		o.Limits.ConnectionsPerAddress = 1
		o.ClientAddress = remote.Proxies{All: true}.Client
	})
	other := dial(t, address, `{"recovery":true}`, "X-Forwarded-For: 203.0.113.9")
	leave(t, g, other)
	for range 5 {
		c := dial(t, address, `{"recovery":true}`, "X-Forwarded-For: 203.0.113.1")
		leave(t, g, c)
	}
	eventually(t, "one of the other address may come back, and three of these", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.sessions) == 1+3
	})
}
