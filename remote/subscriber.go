package remote

import (
	"net/netip"
	"strings"
)

// subscriberBits is the prefix that one IPv6 subscriber has at the least: the
// other half of an address is chosen by the host (RFC 4291, 2.5.4), who could
// come under a new one with each request.
const subscriberBits = 64

// Subscriber returns what an address is counted under: an IPv4 address itself,
// in whatever form it comes, and the network of an IPv6 address. What is no
// address, as the name of a Unix socket, is counted under its text.
func Subscriber(address string) string {
	if !strings.Contains(address, ":") {
		return address
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = plain(ip); ip.Is4() {
		return ip.String()
	}
	network, err := ip.Prefix(subscriberBits)
	if err != nil {
		return address // not for an IPv6 address
	}
	return network.String()
}

// plain returns an address in the one form that is compared and counted: IPv4
// in the form of IPv6 (RFC 4291, 2.5.5.2) becomes what it is, and a zone, which
// means something on this host only, is left out.
func plain(ip netip.Addr) netip.Addr { return ip.Unmap().WithZone("") }
