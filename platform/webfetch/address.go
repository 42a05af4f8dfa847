package webfetch

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/sockethub/sockethub/remote"
)

// unicast is all of IPv6 that was ever given out to the public internet (IANA,
// "IPv6 Global Unicast Address Assignments").
var unicast = netip.MustParsePrefix("2000::/3")

// special are the ranges that never hold a public web server: every row of the
// IANA special-purpose address registries for IPv4, and for IPv6 within unicast,
// multicast, and what was reserved or given up before there were registries. The
// prefixes that carry an IPv4 address are judged by it instead, see
// remote.Carried.
var special = prefixes(
	"0.0.0.0/8",        // this network, RFC 791
	"10.0.0.0/8",       // private use, RFC 1918
	"100.64.0.0/10",    // shared between a provider and its customers, RFC 6598
	"127.0.0.0/8",      // loopback
	"168.63.129.16/32", // a cloud's own service to its machines
	"169.254.0.0/16",   // link-local, where clouds keep their metadata, RFC 3927
	"172.16.0.0/12",    // private use
	"192.0.0.0/24",     // IETF protocol assignments, RFC 6890
	"192.0.2.0/24",     // documentation, RFC 5737
	"192.31.196.0/24",  // AS112, RFC 7535
	"192.52.193.0/24",  // AMT, RFC 7450
	"192.88.99.0/24",   // 6to4 relays, RFC 7526
	"192.168.0.0/16",   // private use
	"192.175.48.0/24",  // AS112, RFC 7534
	"198.18.0.0/15",    // benchmarks, RFC 2544
	"198.51.100.0/24",  // documentation
	"203.0.113.0/24",   // documentation
	"224.0.0.0/4",      // multicast, RFC 1112
	"240.0.0.0/4",      // reserved, and 255.255.255.255

	"2001::/23",         // IETF protocol assignments, RFC 2928 (but Teredo)
	"2001:db8::/32",     // documentation, RFC 3849
	"2620:4f:8000::/48", // AS112
	"3fff::/20",         // documentation, RFC 9637
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, s := range texts {
		list[i] = netip.MustParsePrefix(s)
	}
	return list
}

// Public reports whether a is an address of the public internet. A zone is not
// looked at; the zero Addr is not public.
func Public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsValid() {
		return false
	}
	if carried := remote.Carried(a); carried != nil {
		return !slices.ContainsFunc(carried, func(v4 netip.Addr) bool { return !Public(v4) })
	}
	if a.Is6() && !unicast.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// internal are addresses at which a machine finds what its cloud tells it alone,
// credentials among it, and neighbours without a router.
var internal = prefixes("168.63.129.16/32", "169.254.0.0/16", "fd00:ec2::254/128", "fe80::/10", "100.100.100.200/32")

// Internal reports whether a is link-local or a cloud's service to its machines:
// not to be reached where private addresses are allowed either.
func Internal(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if carried := remote.Carried(a); carried != nil {
		return slices.ContainsFunc(carried, Internal)
	}
	return slices.ContainsFunc(internal, func(p netip.Prefix) bool { return p.Contains(a) })
}

// own knows the addresses of this machine's interfaces: also a public one may
// have services that only listen to their own machine's address.
type own struct {
	mu      sync.Mutex // guards the fields below; held while the kernel is asked
	asked   time.Time
	present map[netip.Addr]bool
}

// ownFor is how long the list of interface addresses is believed.
const ownFor = 30 * time.Second

// has reports whether a belongs to this machine. Where the kernel does not tell
// (a sandbox may forbid the question) nothing is known to.
func (o *own) has(a netip.Addr) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now := time.Now(); now.Sub(o.asked) > ownFor {
		o.asked = now
		o.present = map[netip.Addr]bool{}
		list, _ := net.InterfaceAddrs()
		for _, i := range list {
			if n, ok := i.(*net.IPNet); ok {
				if ip, ok := netip.AddrFromSlice(n.IP); ok {
					o.present[ip.Unmap()] = true
				}
			}
		}
	}
	return o.present[a.Unmap().WithZone("")]
}
