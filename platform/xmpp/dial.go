package xmpp

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/webfetch"
)

// tlsConfig makes the configuration of TLS to a server that must have a
// certificate for a name.
type tlsConfig func(name string) *tls.Config

// dial connects to a target, with TLS from the first byte where it has that.
func (l *login) dial(ctx context.Context, t target) (*link, error) {
	if !l.client.settings.mayDial(t.host, t.port) {
		return nil, errForbidden
	}
	limits, names := platform.PolicyOf(l.client.host), []string{t.host, l.credentials.asciiDomain()}
	if err := limits.Judge(netip.Addr{}, t.port, names...); err != nil {
		return nil, err
	}
	dialer := net.Dialer{KeepAlive: -1, Control: limits.Control(l.judge, names...), Resolver: l.client.settings.resolver}
	conn, err := dialer.DialContext(ctx, "tcp", t.address())
	if err != nil {
		return nil, err
	}
	if !t.tls {
		return newLink(conn, nil), nil
	}
	return l.wrap(ctx, conn, true)
}

// wrap begins TLS. The certificate must be one for the domain of the account: who
// answers for a host that a record named, or a user, proves nothing by that.
func (l *login) wrap(ctx context.Context, conn net.Conn, direct bool) (*link, error) {
	config := l.client.settings.tls(l.credentials.asciiDomain())
	if direct {
		config.NextProtos = []string{"xmpp-client"}
	}
	wrapped := tls.Client(conn, config)
	if err := wrapped.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return newLink(wrapped, wrapped), nil
}

// judge looks at the address that the kernel is about to connect to, so that no
// name can lead elsewhere than it was found to lead.
func (l *login) judge(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errForbidden
	}
	if webfetch.Public(at.Addr()) {
		return nil
	}
	if !l.client.settings.private {
		return errForbidden
	}
	if host := l.client.host; host.Kept(privateNotice) == "" {
		host.Keep(privateNotice, "told", noticeLasts)
		host.Log().Info("connecting to an address that is not public; packageConfig allowPrivateAddresses: false forbids it", "server", l.credentials.service())
	}
	return nil
}

// privateNotice is under what the server remembers that its log has the notice:
// once is enough.
const (
	privateNotice = "private address notice"
	noticeLasts   = 365 * 24 * time.Hour
)
