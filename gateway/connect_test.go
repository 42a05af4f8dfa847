package gateway

import (
	"fmt"
	"net/http/httptest"
	"testing"
)

// Connections and handshakes of one IPv6 network are one subscriber's.
func TestAddressesCountBySubscriber(t *testing.T) {
	var a addresses
	for _, address := range []string{"2001:db8:0:7f::1", "2001:db8:0:7f::2"} {
		if !a.add(address, 2) {
			t.Fatalf("%s is refused", address)
		}
	}
	if a.add("2001:db8:0:7f:a::3", 2) {
		t.Error("a third connection of the network is let in")
	}
	if !a.add("2001:db8:0:80::1", 2) || !a.add("203.0.113.9", 2) || !a.add("::ffff:203.0.113.9", 2) || a.add("203.0.113.9", 2) {
		t.Error("others are not counted by themselves")
	}
	for _, address := range []string{"2001:db8:0:7f::2", "2001:db8:0:7f::1", "2001:db8:0:80::1", "203.0.113.9", "203.0.113.9"} {
		a.remove(address)
	}
	if len(a.open) > 0 {
		t.Errorf("%v are counted, though all are gone", a.open)
	}
}

func TestHandshakesCountBySubscriber(t *testing.T) {
	g, _ := startGateway(t, func(o *Options) { o.Limits.HandshakesPerSecond = 2 })
	ask := func(peer string) error {
		r := httptest.NewRequest("GET", "/sockethub/", nil)
		r.RemoteAddr = peer
		_, err := g.handshake(r)
		return err
	}
	var refused error
	for i := 0; i < 1000 && refused == nil; i++ {
		refused = ask(fmt.Sprintf("[2001:db8:0:7f::%x]:1", i))
	}
	if refused != errTooManyHandshakes {
		t.Errorf("a network may make as many handshakes as it likes: %v", refused)
	}
	if err := ask("[2001:db8:0:80::1]:1"); err != nil {
		t.Errorf("another network: %v", err)
	}
}
