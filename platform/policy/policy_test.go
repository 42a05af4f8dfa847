package policy

import (
	"fmt"
	"net/netip"
	"reflect"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

func TestJudge(t *testing.T) {
	list := func(texts ...string) []string { return texts }
	tests := []struct {
		allow, deny []string
		host        string
		address     string // "" before it is known
		port        int
		ok          bool
		rule        string
	}{
		{nil, nil, "irc.example", "192.0.2.7", 6697, true, "no rule of policy.deny, and policy.allow is empty"},
		{list("irc.example"), nil, "IRC.example.", "192.0.2.7", 6697, true, `policy.allow "irc.example"`},
		{list("irc.example"), nil, "an.irc.example", "192.0.2.7", 6697, false, "no rule of policy.allow"},
		{list("*.example"), nil, "irc.example", "192.0.2.7", 6697, true, `policy.allow "*.example"`},
		{list("*.example"), nil, "example", "192.0.2.7", 6697, false, "no rule of policy.allow"},
		{list("*.example"), nil, "badexample", "192.0.2.7", 6697, false, "no rule of policy.allow"},
		{list("*.example"), list("old.example"), "old.example", "192.0.2.7", 6697, false, `policy.deny "old.example"`},
		{list("irc.example:6697"), nil, "irc.example", "192.0.2.7", 6667, false, "no rule of policy.allow"},
		{list("*:6660-6669"), nil, "irc.example", "192.0.2.7", 6669, true, `policy.allow "*:6660-6669"`},
		{nil, list("*:25"), "mail.example", "", 25, false, `policy.deny "*:25"`},
		{nil, list("10.0.0.0/8"), "inside.example", "10.1.2.3", 80, false, `policy.deny "10.0.0.0/8"`},
		{nil, list("10.0.0.0/8"), "inside.example", "::ffff:10.1.2.3", 80, false, `policy.deny "10.0.0.0/8"`},
		{nil, list("10.0.0.0/8"), "10.1.2.3", "", 80, false, `policy.deny "10.0.0.0/8"`},
		{nil, list("10.0.0.0/8"), "inside.example", "", 80, true, "no rule of policy.deny, and policy.allow is empty"},
		{list("203.0.113.0/24"), nil, "irc.example", "", 80, true, `maybe policy.allow "203.0.113.0/24", which depends on the address`},
		{list("203.0.113.0/24"), nil, "irc.example", "192.0.2.7", 80, false, "no rule of policy.allow"},
		{list("[2001:db8::/32]:6697"), nil, "irc.example", "2001:db8::7", 6697, true, `policy.allow "[2001:db8::/32]:6697"`},
		{list("2001:db8::7"), nil, "[2001:db8::7]", "", 6697, true, `policy.allow "2001:db8::7"`},
		{nil, list("10.0.0.0/8"), "nat64.example", "64:ff9b::a01:203", 80, false, `policy.deny "10.0.0.0/8"`},
		{nil, list("10.0.0.0/8"), "sixtofour.example", "2002:a01:203::1", 80, false, `policy.deny "10.0.0.0/8"`},
		{nil, list("10.0.0.0/8:443"), "teredo.example", "2001:0:c000:207::f5fe:fdfc", 443, false, `policy.deny "10.0.0.0/8:443"`},
		{list("203.0.113.0/24"), nil, "nat64.example", "64:ff9b::cb00:7107", 80, true, `policy.allow "203.0.113.0/24"`},
		{list("203.0.113.0/24"), nil, "teredo.example", "2001:0:cb00:7107::f5fe:fdfc", 80, false, "no rule of policy.allow"},
	}
	for _, tt := range tests {
		p, err := New(tt.allow, tt.deny)
		if err != nil {
			t.Fatal(err)
		}
		// Workers are told it as JSON.
		o, err := activity.ParseObject(p.AppendJSON(nil))
		if err != nil {
			t.Fatal(err)
		}
		read, err := Read(o)
		if err != nil || fmt.Sprint(read) != fmt.Sprint(p) {
			t.Errorf("%v became %v, %v", p, read, err)
		}
		address, _ := netip.ParseAddr(tt.address)
		if ok, rule := read.Explain(address, tt.port, tt.host); ok != tt.ok || rule != tt.rule {
			t.Errorf("allow %v, deny %v: %s (%s) port %d: %v by %s, want %v by %s", tt.allow, tt.deny, tt.host, tt.address, tt.port, ok, rule, tt.ok, tt.rule)
		}
	}
}

func TestParseRuleRefuses(t *testing.T) {
	for _, text := range []string{"", ":80", "*.", "*.*.example", "a b", "irc.example:", "irc.example:0", "irc.example:65536", "irc.example:9-8", "irc.example:x", "http://irc.example", "::ffff:10.0.0.0/104", "10.0.0.0/33"} {
		if r, err := ParseRule(text); err == nil {
			t.Errorf("%q was taken for %+v", text, r)
		}
	}
}

func FuzzParseRule(f *testing.F) {
	for _, text := range []string{"*", "*.example:6660-6669", "[2001:db8::/32]:6697", "10.0.0.0/8", "2001:db8::1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRule(text)
		if err != nil {
			return
		}
		if again, err := ParseRule(r.String()); err != nil || !reflect.DeepEqual(again, r) {
			t.Errorf("%q became %+v, %v", text, again, err)
		}
	})
}

// The policy in words, as the command check shows it.
func ExamplePolicy_Words() {
	p, _ := New([]string{"*.libera.chat:6697", "203.0.113.0/24"}, []string{"old.libera.chat"})
	for _, words := range p.Words() {
		fmt.Println(words)
	}
	// Output:
	// platforms may reach only *.libera.chat:6697, 203.0.113.0/24
	// but never old.libera.chat
	// and of these only what their packageConfig lets them
}
