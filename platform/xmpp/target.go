package xmpp

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/xmpp/jid"
)

// target is a place to dial.
type target struct {
	host string // a name or an IP address
	port int
	tls  bool // from the first byte (XEP-0368), or by STARTTLS
}

func (t target) address() string { return net.JoinHostPort(t.host, strconv.Itoa(t.port)) }

const (
	portStartTLS = 5222
	portTLS      = 5223
)

// errNoMethod is in the reference's words.
const errNoMethod = platform.Plain("No compatible connection method found.")

var (
	errNotOffered = errors.New("the domain says that it offers no XMPP service")
	errForbidden  = errors.New("this address may not be connected to")
	errWebSocket  = errors.New("ws: and wss: are not supported, xmpps: and xmpp: are")
)

// targets are the places to dial, in their order.
//
//	mara@harbor.example                    SRV of harbor.example, then its addresses on 5223 (TLS) and 5222
//	server: "chat.harbor.example"          the same of that name
//	server: "chat.harbor.example", port    that port
//	server: "xmpp://chat.harbor.example"   5222, or the port in the URI or beside it
//	server: "xmpps://chat.harbor.example"  5223 with TLS from the first byte, likewise
func (l *login) targets(ctx context.Context) ([]target, error) {
	c, s := l.credentials, &l.client.settings
	t, resolve, err := c.target()
	if err != nil {
		return nil, err
	}
	if !s.mayName(t.host) {
		return nil, l.unreachable(errForbidden)
	}
	if !resolve {
		return []target{t}, nil
	}
	if _, err := netip.ParseAddr(t.host); err == nil {
		return []target{{t.host, portTLS, true}, {t.host, portStartTLS, false}}, nil
	}
	return lookup(ctx, s.resolver, t.host)
}

// target reads server and port. resolve: the name is to be looked up as a domain.
func (c *credentials) target() (t target, resolve bool, err error) {
	scheme, rest, isURI := strings.Cut(c.server, "://")
	if !isURI {
		host := c.server
		if host == "" {
			host = c.domain
		}
		if t.host, t.port, err = hostPort(host); err != nil {
			return t, false, err
		}
		if t.port == 0 {
			t.port = c.port
		}
		t.tls = t.port == portTLS
		return t, t.port == 0, c.onePort(t.port)
	}
	switch strings.ToLower(scheme) {
	case "xmpp":
		t.port = portStartTLS
	case "xmpps":
		t.port, t.tls = portTLS, true
	case "ws", "wss":
		return t, false, errWebSocket
	default:
		return t, false, errNoMethod
	}
	rest, _, _ = strings.Cut(rest, "/")
	host, port, err := hostPort(rest)
	if err != nil {
		return t, false, err
	}
	if t.host = host; host == "" {
		t.host = "localhost"
	}
	if port == 0 {
		port = c.port
	}
	if port != 0 {
		t.port = port
	}
	return t, false, c.onePort(t.port)
}

// onePort refuses two different ports in server and port.
func (c *credentials) onePort(port int) error {
	if c.port != 0 && port != c.port {
		return errNoMethod
	}
	return nil
}

// hostPort takes "harbor.example", "harbor.example:5222", "[::1]:5222" or "::1"
// apart. Port 0: none is there.
func hostPort(s string) (string, int, error) {
	if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(inner, "]") {
		return strings.TrimSuffix(inner, "]"), 0, nil
	}
	if !strings.Contains(s, ":") || strings.Count(s, ":") > 1 && s[0] != '[' {
		return jid.ASCIIDomain(s), 0, nil
	}
	host, text, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, errNoMethod
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return "", 0, errNoMethod
	}
	return jid.ASCIIDomain(host), int(port), nil
}

// maxTargets bounds what a domain can make us dial in one connect.
const maxTargets = 16

// lookup finds the servers of a domain: its SRV records for both services as one
// list (RFC 6120, section 3.2; XEP-0368), and behind them its own addresses. A
// look-up that fails leaves the rest; "." says that a service is not offered.
func lookup(ctx context.Context, r *net.Resolver, domain string) ([]target, error) {
	services := [2]struct {
		name    string
		records []*net.SRV
	}{{name: "xmpps-client"}, {name: "xmpp-client"}}
	done := make(chan struct{})
	for i := range services {
		go func() {
			// Records whose names are none come beside an error.
			_, services[i].records, _ = r.LookupSRV(ctx, services[i].name, "tcp", domain)
			done <- struct{}{}
		}()
	}
	for range services {
		<-done
	}
	var found []record
	refused := map[bool]bool{}
	for i, s := range services {
		tls := i == 0
		if len(s.records) == 1 && s.records[0].Target == "." {
			refused[tls] = true
			continue
		}
		for _, srv := range s.records {
			if host := strings.TrimSuffix(srv.Target, "."); host != "" {
				found = append(found, record{target{host, int(srv.Port), tls}, srv.Priority, srv.Weight})
			}
		}
	}
	targets := order(found)
	for _, t := range []target{{domain, portTLS, true}, {domain, portStartTLS, false}} {
		if !refused[t.tls] && !slices.Contains(targets, t) {
			targets = append(targets, t)
		}
	}
	if len(targets) == 0 || refused[false] && len(found) == 0 {
		return nil, errNotOffered
	}
	return targets[:min(len(targets), maxTargets)], nil
}

// record is an SRV record (RFC 2782).
type record struct {
	target
	priority, weight uint16
}

// order sorts records by priority and, within one, by chance in proportion to
// their weights.
func order(records []record) []target {
	slices.SortStableFunc(records, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(a.weight, b.weight))
	})
	var targets []target
	for len(records) > 0 {
		sum, n := 0, 0
		for ; n < len(records) && records[n].priority == records[0].priority; n++ {
			sum += int(records[n].weight)
		}
		pick, at := rand.IntN(sum+1), 0
		for i, r := range records[:n] {
			if pick -= int(r.weight); pick <= 0 {
				at = i
				break
			}
		}
		targets = append(targets, records[at].target)
		records = slices.Delete(records, at, at+1)
	}
	return targets
}
