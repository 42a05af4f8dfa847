package remote

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Proxies says which peers are proxies, whose word on a client's address is
// taken. The zero value trusts none.
type Proxies struct {
	All      bool           // every peer
	Hops     int            // the peer and so many before it, itself included
	Networks []netip.Prefix // peers from here
}

// Peer reports whether a peer of ours is a proxy.
func (p Proxies) Peer(address netip.Addr) bool { return p.trusted(address, 0) }

// trusted reports whether the peer at an address is a proxy; hop counts from
// ourselves, from 0.
func (p Proxies) trusted(address netip.Addr, hop int) bool {
	if p.All || hop < p.Hops {
		return true
	}
	for _, n := range p.Networks {
		if n.Contains(address) {
			return true
		}
	}
	return false
}

// Client returns the address of who made a request: the peer of the connection
// or, as long as that is a proxy, whom it names in X-Forwarded-For, from the
// last to the first. A proxy that names no address is the client itself.
func (p Proxies) Client(r *http.Request) string {
	client, text := peerAddress(r)
	names := forwarded(r.Header, "X-Forwarded-For")
	for hop := 0; len(names) > 0 && client.IsValid() && p.trusted(client, hop); hop++ {
		next, ok := parseAddress(names[len(names)-1])
		if !ok {
			break
		}
		client, text = next, next.String()
		names = names[:len(names)-1]
	}
	return text
}

// Named returns the address that a header of a proxy gives first, whoever sent
// it, and the connection's where there is none. It is only right behind a proxy
// that overwrites the header.
func Named(r *http.Request, header string) string {
	if names := forwarded(r.Header, header); len(names) > 0 {
		if address, ok := parseAddress(names[0]); ok {
			return address.String()
		}
	}
	_, text := peerAddress(r)
	return text
}

func forwarded(h http.Header, name string) []string {
	values := h.Values(name)
	if len(values) == 0 {
		return nil
	}
	return strings.Split(strings.Join(values, ","), ",")
}

// peerAddress is the other end of the connection. A Unix socket has no address.
func peerAddress(r *http.Request) (address netip.Addr, text string) {
	if address, ok := parseAddress(r.RemoteAddr); ok {
		return address, address.String()
	}
	return netip.Addr{}, r.RemoteAddr
}

// parseAddress reads an IP address, with or without a port.
func parseAddress(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	address, err := netip.ParseAddr(s)
	return plain(address), err == nil
}
