package remote

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestClientAddress(t *testing.T) {
	networks := func(list ...string) []netip.Prefix {
		var prefixes []netip.Prefix
		for _, s := range list {
			prefixes = append(prefixes, netip.MustParsePrefix(s))
		}
		return prefixes
	}
	tests := []struct {
		name    string
		proxies Proxies
		remote  string
		header  []string
		want    string
	}{
		{"nobody is trusted", Proxies{}, "192.0.2.1:80", []string{"203.0.113.9"}, "192.0.2.1"},
		{"one hop", Proxies{Hops: 1}, "192.0.2.1:80", []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		{"two hops", Proxies{Hops: 2}, "192.0.2.1:80", []string{"198.51.100.1, 203.0.113.9"}, "198.51.100.1"},
		{"more hops than names", Proxies{Hops: 9}, "192.0.2.1:80", []string{"198.51.100.1, 203.0.113.9"}, "198.51.100.1"},
		{"all", Proxies{All: true}, "192.0.2.1:80", []string{"198.51.100.1", "203.0.113.9,192.0.2.7"}, "198.51.100.1"},
		{"no header", Proxies{All: true}, "192.0.2.1:80", nil, "192.0.2.1"},
		{"a network of proxies", Proxies{Networks: networks("192.0.2.0/24")}, "192.0.2.1:80", []string{"198.51.100.1, 203.0.113.9, 192.0.2.7"}, "203.0.113.9"},
		{"a peer that is none of them", Proxies{Networks: networks("10.0.0.0/8")}, "192.0.2.1:80", []string{"203.0.113.9"}, "192.0.2.1"},
		{"a name that is no address ends it", Proxies{All: true}, "192.0.2.1:80", []string{"198.51.100.1, unknown, 203.0.113.9"}, "203.0.113.9"},
		{"an empty name ends it", Proxies{All: true}, "192.0.2.1:80", []string{""}, "192.0.2.1"},
		{"a port is overlooked", Proxies{Hops: 1}, "192.0.2.1:80", []string{"203.0.113.9:4711"}, "203.0.113.9"},
		{"IPv6", Proxies{Hops: 1}, "[2001:db8::1]:80", []string{"2001:DB8:0::9"}, "2001:db8::9"},
		{"IPv6 in brackets", Proxies{Hops: 1}, "[2001:db8::1]:80", []string{"[2001:db8::9]:4711"}, "2001:db8::9"},
		{"IPv4 as IPv6", Proxies{Networks: networks("192.0.2.0/24")}, "[::ffff:192.0.2.1]:80", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"a zone is no part of it", Proxies{}, "[fe80::1%eth0]:80", nil, "fe80::1"},
		{"a Unix socket", Proxies{All: true}, "@", []string{"203.0.113.9"}, "@"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: tt.remote, Header: http.Header{"X-Forwarded-For": tt.header}}
			if got := tt.proxies.Client(r); got != tt.want {
				t.Errorf("Client(%s, %q) = %s, want %s", tt.remote, tt.header, got, tt.want)
			}
		})
	}
}

func TestNamedAddress(t *testing.T) {
	for header, want := range map[string]string{
		"203.0.113.9, 198.51.100.1": "203.0.113.9",
		"::ffff:203.0.113.9":        "203.0.113.9",
		"nobody, 203.0.113.9":       "192.0.2.1",
		"":                          "192.0.2.1",
	} {
		r := &http.Request{RemoteAddr: "192.0.2.1:80", Header: http.Header{"X-Real-Ip": {header}}}
		if got := Named(r, "x-real-ip"); got != want {
			t.Errorf("Named(%q) = %s, want %s", header, got, want)
		}
	}
	if got := Named(&http.Request{RemoteAddr: "192.0.2.1:80"}, "x-real-ip"); got != "192.0.2.1" {
		t.Errorf("Named without a header = %s", got)
	}
}
