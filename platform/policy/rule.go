package policy

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Rule is a host, an address or a network, with ports.
type Rule struct {
	text    string // as it was written
	name    string // in lower case; "" for a network, or for any host
	below   bool   // name stands for all names below it
	network netip.Prefix
	low     int // ports; 0 and 0 for any
	high    int
}

// ParseRule reads
//
//	irc.example        *.example        203.0.113.7     [2001:db8::7]     any ports
//	irc.example:6697   *:6660-6669      10.0.0.0/8:443  [2001:db8::/32]:6697
//
// where * is any host, and *.example all names below example but not itself.
func ParseRule(text string) (Rule, error) {
	r := Rule{text: text}
	host, ports := cutPorts(text)
	if ports != "" && !r.setPorts(ports) {
		return r, fmt.Errorf("%q: the port must be from 1 to 65535, or two of them as 6660-6669", text)
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if p, err := netip.ParsePrefix(bare); err == nil {
		r.network = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()).Masked()
		if p.Addr().Is4In6() {
			return r, fmt.Errorf("%q: write the network of IPv4 as one", text)
		}
		return r, nil
	}
	if a, err := netip.ParseAddr(bare); err == nil {
		a = a.Unmap().WithZone("")
		r.network = netip.PrefixFrom(a, a.BitLen())
		return r, nil
	}
	if host == "*" {
		return r, nil
	}
	r.name, r.below = strings.CutPrefix(canonical(host), "*.")
	if !isName(r.name) {
		return r, fmt.Errorf("%q: a host name, *.name, an address or a network is needed, and maybe :port", text)
	}
	return r, nil
}

// cutPorts separates what follows the last colon, unless that is part of an IPv6
// address.
func cutPorts(text string) (host, ports string) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 || strings.Count(text, ":") > 1 && !strings.HasPrefix(text, "[") || strings.HasSuffix(text, "]") {
		return text, ""
	}
	if text[i+1:] == "" {
		return text[:i], "none"
	}
	return text[:i], text[i+1:]
}

func (r *Rule) setPorts(text string) (ok bool) {
	low, high, ranged := strings.Cut(text, "-")
	if !ranged {
		high = low
	}
	a, errA := strconv.ParseUint(low, 10, 16)
	b, errB := strconv.ParseUint(high, 10, 16)
	r.low, r.high = int(a), int(b)
	return errA == nil && errB == nil && 1 <= a && a <= b
}

// canonical is how names are compared.
func canonical(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

// isName knows what may be a host name, in letters of any language.
func isName(s string) bool {
	return s != "" && len(s) <= 253 && !strings.ContainsAny(s, " \t\r\n*/:[]@\"\\,?#")
}

// String returns the rule as it was written.
func (r Rule) String() string { return r.text }

func (r Rule) matches(names []string, address netip.Addr, port int) bool {
	switch {
	case r.low > 0 && (port < r.low || port > r.high):
		return false
	case r.network.IsValid():
		return address.IsValid() && r.network.Contains(address)
	case r.name == "":
		return true
	}
	for _, name := range names {
		if r.below && strings.HasSuffix(name, "."+r.name) || !r.below && name == r.name {
			return true
		}
	}
	return false
}
