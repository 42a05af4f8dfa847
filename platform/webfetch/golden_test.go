package webfetch

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

func TestNetSafety(t *testing.T) {
	fetchtest.NetCases(t, "testdata/net-safety.jsonl", func(t *testing.T, c *fetchtest.NetCase) {
		client, err := New(Options{AllowPrivate: c.AllowPrivate, Resolver: c, Dial: c.Dial, Timeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		response, err := client.Fetch(context.Background(), Request{URL: c.PlainURL()})
		status := 0
		if err == nil {
			status = response.Status
			response.Body.Close()
		}
		allowed := err == nil && response.OK()
		want := c.Allowed && !c.Stricter()
		if allowed != want {
			t.Fatalf("allowed %v (%v, status %d), want %v: %s", allowed, err, status, want, c.Error)
		}
		dialled := c.Dialled()
		for _, address := range dialled {
			if a := netip.MustParseAddr(address); !c.AllowPrivate && !Public(a) {
				t.Errorf("dialled %s", address)
			}
		}
		if want && dialled[0] != netip.MustParseAddr(c.Dials[0]).String() {
			t.Errorf("dialled %v, want %v", dialled, c.Dials)
		}
		if err == nil {
			return
		}
		if strings.HasPrefix(c.Feeds, "Error: invalid URL") || strings.HasPrefix(c.Feeds, "Error: unsupported") {
			if got := "Error: " + err.Error(); got != c.Feeds {
				t.Errorf("text %q, want %q", got, c.Feeds)
			}
		}
		// No text tells an address that the client did not write, or a password.
		for _, secret := range []string{"pw", "10.0.0.5", "10.1.2.3", "fd00::5", "172.20.0.1", "192.168.4.4", "169.254.169.254"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("text %q tells %q", err, secret)
			}
		}
	})
}
