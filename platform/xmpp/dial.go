package xmpp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"syscall"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/policy"
	"github.com/sockethub/sockethub/platform/webfetch"
)

// tlsConfig makes the configuration of TLS to a server that must have a
// certificate for a name.
type tlsConfig func(name string) *tls.Config

// dial connects to a target, with TLS from the first byte where it has that.
func (l *login) dial(ctx context.Context, t target) (*link, error) {
	if !l.client.settings.mayDial(t.host, t.port) {
		return nil, l.unreachable(errForbidden)
	}
	limits, names := platform.PolicyOf(l.client.host), []string{t.host, l.credentials.asciiDomain()}
	if err := limits.Judge(netip.Addr{}, t.port, names...); err != nil {
		return nil, l.unreachable(err)
	}
	dialer := net.Dialer{KeepAlive: -1, Control: limits.Control(l.judge, names...), Resolver: l.client.settings.resolver}
	conn, err := dialer.DialContext(ctx, "tcp", t.address())
	if err != nil {
		return nil, l.unreachable(err)
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
	if webfetch.Public(at.Addr()) || l.client.settings.private && !webfetch.Internal(at.Addr()) {
		return nil
	}
	return errForbidden
}

// unreachable is the failure of a connection that did not come about: one text, in
// the words of the reference, for all causes, with which nobody can tell what is
// behind an address. The log has the cause.
func (l *login) unreachable(err error) error {
	attrs := []any{"cause", asStreamError(err).text}
	switch {
	case policy.IsRefused(err):
		attrs = append(attrs, "rule", "policy")
	case errors.Is(err, errForbidden):
		attrs = append(attrs, "rule", "packageConfig allowPrivateAddresses, allowedHosts, refusedHosts, allowedPorts")
	}
	l.client.host.Log().Info("could not connect to a server", attrs...)
	return &streamError{kind: "Error", text: "Couldn't connect", cause: err}
}
