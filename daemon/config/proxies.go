package config

import (
	"net/netip"
	"strconv"
	"strings"
)

// Proxies says which peers are proxies, whose word on a client's address is
// taken. The zero value trusts none.
type Proxies struct {
	All      bool           // every peer is
	Hops     int            // so many of the last ones are; 0: as Networks say
	Networks []netip.Prefix // those from here are
	text     string
}

// Trusted reports whether any peer is a proxy.
func (p Proxies) Trusted() bool { return p.All || p.Hops > 0 || len(p.Networks) > 0 }

// String is the setting: "false", "true", a number, or networks.
func (p Proxies) String() string {
	if p.text == "" {
		return "false"
	}
	return p.text
}

// networks are the names that may stand for addresses.
var networks = map[string][]string{
	"loopback":    {"127.0.0.0/8", "::1/128"},
	"linklocal":   {"169.254.0.0/16", "fe80::/10"},
	"uniquelocal": {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"},
}

// proxies reads false, true, a number of hops, or a list of addresses,
// networks and their names.
func proxies() kind[Proxies] {
	return kind[Proxies]{
		name: "boolean, number or text", nodes: "t0", schema: `"type":["boolean","integer","string"],"minimum":0`,
		allowed: "true, false, a number of hops, or a list of addresses, networks (10.0.0.0/8), loopback, linklocal, uniquelocal",
		words:   []string{"loopback", "linklocal", "uniquelocal", "true", "false"},
		encode: func(p Proxies) string {
			switch {
			case !p.Trusted():
				return "false"
			case p.All:
				return "true"
			case p.Hops > 0:
				return strconv.Itoa(p.Hops)
			}
			return encodeJSON(p.text)
		},
		parse: parseProxies,
	}
}

func parseProxies(text string) (Proxies, *Problem) {
	text = strings.TrimSpace(text)
	p := Proxies{text: text}
	switch strings.ToLower(text) {
	case "", "false", "no", "off":
		return Proxies{}, nil
	case "true", "yes", "on":
		p.All = true
		return p, nil
	}
	if hops, ok := integer(text); ok {
		if hops < 0 || hops > 1000 {
			return p, &Problem{}
		}
		p.Hops = int(hops)
		return p, nil
	}
	for _, part := range splitList(text) {
		list, ok := networks[strings.ToLower(part)]
		if !ok {
			list = []string{part}
		}
		for _, network := range list {
			prefix, ok := parseNetwork(network)
			if !ok {
				wrong := &Problem{Found: quote(part)}
				if near := nearest(part, []string{"loopback", "linklocal", "uniquelocal"}); near != "" {
					wrong.Nearest = quote(near)
				}
				return p, wrong
			}
			p.Networks = append(p.Networks, prefix)
		}
	}
	return p, nil
}

// parseNetwork reads an address, with a length in bits or an IPv4 mask.
func parseNetwork(text string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(text); err == nil {
		addr = addr.WithZone("").Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix.Masked(), true
	}
	address, mask, _ := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(address)
	bits, err2 := netip.ParseAddr(mask)
	if err != nil || err2 != nil || !addr.Is4() || !bits.Is4() {
		return netip.Prefix{}, false
	}
	ones, ended := 0, false
	for _, b := range bits.As4() {
		for i := 7; i >= 0; i-- {
			set := b>>i&1 == 1
			if set && ended {
				return netip.Prefix{}, false
			}
			if set {
				ones++
			} else {
				ended = true
			}
		}
	}
	return netip.PrefixFrom(addr, ones).Masked(), true
}
