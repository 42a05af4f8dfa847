package webfetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/sockethub/sockethub/platform/policy"
)

// Resolver looks names up; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// DialFunc opens a connection to an address, which is never a name.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// guard decides what may be dialled, and dials it.
type guard struct {
	private  bool  // any address will do
	ports    []int // nil: the usual ones
	policy   *policy.Policy
	resolver Resolver
	dial     DialFunc
	own      own
}

func newGuard(o Options) *guard {
	g := &guard{private: o.AllowPrivate, ports: o.Ports, policy: o.Policy, resolver: o.Resolver, dial: o.Dial}
	if g.resolver == nil {
		g.resolver = net.DefaultResolver
	}
	if g.dial == nil {
		g.dial = (&net.Dialer{KeepAlive: -1, Control: g.control}).DialContext
	}
	return g
}

// judge returns an error for an address that must not be dialled; host is the
// name that led to it, "" for none.
func (g *guard) judge(a netip.Addr, host string) error {
	if g.private || Public(a) && !g.own.has(a) {
		return nil
	}
	return &addressError{a.String(), host}
}

func (g *guard) portAllowed(port int) bool {
	if g.ports == nil {
		return usualPort(port)
	}
	return slices.Contains(g.ports, port)
}

// control is the second gate: the kernel's connect is about to be called with
// address, wherever that came from.
func (g *guard) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return &addressError{address: address}
	}
	return g.judge(at.Addr(), "")
}

// allow is judge for an address at a port, and asks the operator's policy too.
func (g *guard) allow(a netip.Addr, host string, port int) error {
	if err := g.policy.Judge(a, port, host); err != nil {
		return &Error{Class: BadAddress, Text: "address not allowed", Err: err}
	}
	if host == a.String() {
		host = ""
	}
	return g.judge(a, host)
}

// dialContext connects to one of host's addresses. The name is resolved once;
// one refused address refuses it, as a name that leads inside is no accident.
func (g *guard) dialContext(ctx context.Context, network, hostport string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, fmt.Errorf("dial %q: %w", hostport, err)
	}
	n, err := strconv.Atoi(port)
	if err != nil || badPort(n) || !g.portAllowed(n) {
		return nil, &Error{Class: BadPort, Text: "port not allowed"}
	}
	if a, err := netip.ParseAddr(host); err == nil {
		if err := g.allow(a, host, n); err != nil {
			return nil, err
		}
		return g.dial(ctx, network, net.JoinHostPort(host, port))
	}
	if err := g.policy.Judge(netip.Addr{}, n, host); err != nil {
		return nil, &Error{Class: BadAddress, Text: "address not allowed", Err: err} // nobody need look it up
	}
	addresses, err := g.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	if len(addresses) == 0 {
		return nil, &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
	}
	for _, a := range addresses {
		if err := g.allow(a, host, n); err != nil {
			return nil, err
		}
	}
	return g.dialFirst(ctx, network, alternate(addresses), port)
}

// dialFirst tries addresses in turn and gives each its share of the time left.
func (g *guard) dialFirst(ctx context.Context, network string, addresses []netip.Addr, port string) (net.Conn, error) {
	var failed []error
	for i, a := range addresses {
		attempt, cancel := ctx, context.CancelFunc(func() {})
		if deadline, ok := ctx.Deadline(); ok && i < len(addresses)-1 {
			share := time.Until(deadline) / time.Duration(len(addresses)-i)
			attempt, cancel = context.WithTimeout(ctx, share)
		}
		conn, err := g.dial(attempt, network, net.JoinHostPort(a.String(), port))
		cancel()
		if err == nil {
			return conn, nil
		}
		failed = append(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(failed...)
}

// maxAddresses is how many addresses of a name are tried.
const maxAddresses = 6

// alternate orders addresses so that the families take turns, the first one's
// first, and keeps the first few.
func alternate(addresses []netip.Addr) []netip.Addr {
	var first, second []netip.Addr
	for _, a := range addresses {
		if a.Unmap().Is4() == addresses[0].Unmap().Is4() {
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	var mixed []netip.Addr
	for i := 0; len(mixed) < maxAddresses && i < max(len(first), len(second)); i++ {
		if i < len(first) {
			mixed = append(mixed, first[i])
		}
		if i < len(second) {
			mixed = append(mixed, second[i])
		}
	}
	return mixed
}
