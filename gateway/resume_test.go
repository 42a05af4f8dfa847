package gateway

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/sockethub/sockethub/remote"
)

// Two sessions, one after the other: who finds the connection that the first one
// left, and hears and speaks with it.
func TestWhoFindsWhatWasLeft(t *testing.T) {
	const (
		stays  = iota // the owner is connected
		drops         // its link is gone, and it may come back
		leaves        // it said so
	)
	page, other := tab("page"), tab("other")
	alice, bob := []string{"X-Forwarded-For: 203.0.113.1"}, []string{"X-Forwarded-For: 203.0.113.2"}
	password := func(p string) map[string]any { return secret("polly@cage.test", p) }
	tests := []struct {
		name         string
		owner        string // its auth payload
		ownerHeaders []string
		opens        map[string]any // its credentials
		end          int
		next         string // auth payload of who comes then
		nextHeaders  []string
		trusted      bool           // proxies are
		gives        map[string]any // credentials; nil for none
		finds        bool
	}{
		{"a refresh with the tab's token", page, nil, openCage("low"), drops, page, nil, false, nil, true},
		{"after it left, with the token", page, nil, openCage("low"), leaves, page, nil, false, nil, true},
		{"a second tab with the same token", page, nil, openCage("low"), stays, page, nil, false, nil, false},
		{"another tab of that address", page, nil, openCage("low"), drops, other, nil, false, nil, false},
		{"another tab, after it left", page, nil, openCage("low"), leaves, other, nil, false, nil, false},
		{"an older client in its place", page, nil, openCage("low"), leaves, "", nil, false, nil, false},
		{"a token that is too short", `{"tab":"a","recovery":true}`, nil, openCage("low"), drops, `{"tab":"a","recovery":true}`, nil, false, nil, false},
		{"older clients, while the owner may come back", `{"recovery":true}`, nil, openCage("low"), drops, "", nil, false, nil, false},
		{"older clients, once it is gone for good", "", nil, openCage("low"), leaves, "", nil, false, nil, true},
		{"older clients behind an unknown proxy", "", alice, openCage("low"), leaves, "", bob, false, nil, false},
		{"the same person behind an unknown proxy", page, alice, openCage("low"), drops, page, bob, false, nil, true},
		{"older clients behind a trusted proxy", "", alice, openCage("low"), leaves, "", alice, true, nil, true},
		{"another one behind it", "", alice, openCage("low"), leaves, "", bob, true, nil, false},
		{"with the secret, while the owner is there", "", nil, password("cracker"), stays, "", nil, false, password("cracker"), true},
		{"with the secret, from elsewhere", page, alice, password("cracker"), drops, other, bob, true, password("cracker"), true},
		{"with another secret", page, nil, password("cracker"), drops, page, nil, false, password("nut"), false},
		{"without the secret, with the token", page, nil, password("cracker"), drops, page, nil, false, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, address := startGateway(t, func(o *Options) {
				if tt.trusted {
					o.ClientAddress = func(r *http.Request) string { return remote.Proxies{Hops: 1}.Client(r) }
				}
			})
			owner := dial(t, address, tt.owner, tt.ownerHeaders...)
			owner.emit("credentials", tt.opens)
			owner.works(say("connect", ""))
			switch tt.end {
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
			got := next.emit("message", say("squawk", "craw"))
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
	for _, guess := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "cracker"} {
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
