package remote

import "net/netip"

// Prefixes whose addresses carry IPv4 addresses.
var (
	nat64     = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052
	teredo    = netip.MustParsePrefix("2001::/32")    // RFC 4380
	sixToFour = netip.MustParsePrefix("2002::/16")    // RFC 3056
)

// Carried returns the IPv4 addresses that an IPv6 address leads to by its prefix:
// one, or of Teredo the server's and the client's. It is nil for all others,
// ::ffff:192.0.2.1 among them, which netip.Addr.Unmap knows.
//
//	64:ff9b::c000:201 ──► 192.0.2.1
func Carried(a netip.Addr) []netip.Addr {
	if !a.Is6() {
		return nil
	}
	b := a.As16()
	switch {
	case nat64.Contains(a):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[12:16]))}
	case sixToFour.Contains(a):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[2:6]))}
	case teredo.Contains(a):
		// The client has all bits turned over.
		return []netip.Addr{netip.AddrFrom4([4]byte(b[4:8])), netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]})}
	}
	return nil
}
