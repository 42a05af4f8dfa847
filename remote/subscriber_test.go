package remote

import (
	"fmt"
	"net/netip"
	"testing"
)

func TestSubscriber(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.9":             "203.0.113.9",
		"::ffff:203.0.113.9":      "203.0.113.9",
		"::ffff:cb00:7109":        "203.0.113.9",
		"2001:db8:0:7f:a::3":      "2001:db8:0:7f::/64",
		"2001:DB8:0:7F:b:c:d:e":   "2001:db8:0:7f::/64",
		"2001:db8:0:80::1":        "2001:db8:0:80::/64",
		"fe80::1%eth0":            "fe80::/64",
		"@":                       "@",
		"/run/sockethub.sock":     "/run/sockethub.sock",
		"something:with a colon:": "something:with a colon:",
		"":                        "",
	} {
		if got := Subscriber(address); got != want {
			t.Errorf("Subscriber(%q) = %q, want %q", address, got, want)
		}
	}
}

// Whatever an address looks like, all of its forms are counted as one.
func FuzzSubscriber(f *testing.F) {
	for _, seed := range []string{"203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1", "fe80::1%eth0", "::", "@"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Subscriber(text)
		ip, err := netip.ParseAddr(text)
		if err != nil {
			if got != text {
				t.Errorf("Subscriber(%q) = %q, though it is no address", text, got)
			}
			return
		}
		if ip.Is4() {
			if mapped := Subscriber("::ffff:" + text); mapped != got {
				t.Errorf("%s is counted under %s, and in the form of IPv6 under %s", text, got, mapped)
			}
		} else if long := Subscriber(ip.StringExpanded()); long != got {
			t.Errorf("%s is counted under %s, and at full length under %s", text, got, long)
		}
	})
}

func ExampleSubscriber() {
	fmt.Println(Subscriber("203.0.113.9"))
	fmt.Println(Subscriber("::ffff:203.0.113.9"))
	fmt.Println(Subscriber("2001:db8:0:7f:a::3"))
	// Output:
	// 203.0.113.9
	// 203.0.113.9
	// 2001:db8:0:7f::/64
}
