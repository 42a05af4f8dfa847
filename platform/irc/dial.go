package irc

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/policy"
	"github.com/sockethub/sockethub/platform/trust"
	"github.com/sockethub/sockethub/platform/webfetch"
)

// textConnecting is the error of every connection that did not come about.
const textConnecting = "error connecting to server."

// errForbidden is for an address or a name that the operator does not let us dial.
var errForbidden = errors.New("this address may not be connected to")

// dial connects to a server, with TLS from the first byte where secure says so.
func (l *login) dial(ctx context.Context, port int, secure, trustAll bool) (*link, error) {
	c := l.credentials
	if !l.client.settings.mayDial(c.host, port) {
		return nil, errForbidden
	}
	limits := platform.PolicyOf(l.client.host)
	if err := limits.Judge(netip.Addr{}, port, c.host); err != nil {
		return nil, err
	}
	dialer := net.Dialer{KeepAlive: -1, Control: limits.Control(l.judge, c.host)}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(c.host, strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	if !secure {
		return newLink(conn, false), nil
	}
	config := trust.Config(c.host)
	if trustAll {
		config = &tls.Config{ServerName: c.host, InsecureSkipVerify: true}
	}
	if c.certificate != nil {
		config.Certificates = []tls.Certificate{*c.certificate}
	}
	wrapped := tls.Client(conn, config)
	if err := wrapped.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	k := newLink(wrapped, true)
	k.verified = !trustAll
	return k, nil
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

// connecting is the failure of a connection for the client: one text for all
// causes, with which nobody can tell what is behind an address. The log has the
// cause.
func (l *login) connecting(err error) error {
	cause := connectCause(err)
	if cause == "" {
		cause = "no connection"
	}
	attrs := []any{"cause", cause}
	if errors.Is(err, errForbidden) {
		attrs = append(attrs, "rule", "packageConfig allowPrivateAddresses, allowedHosts, refusedHosts, allowedPorts")
	}
	if policy.IsRefused(err) {
		attrs = append(attrs, "rule", "policy")
	}
	l.client.host.Log().Info("could not connect to a server", attrs...)
	return platform.PlainFor(err, textConnecting)
}

func connectCause(err error) string {
	var (
		dns    *net.DNSError
		cert   *tls.CertificateVerificationError
		record tls.RecordHeaderError
		alert  tls.AlertError
	)
	switch {
	case errors.Is(err, errForbidden), policy.IsRefused(err):
		return errForbidden.Error()
	case errors.As(err, &dns) && dns.IsNotFound:
		return "name not found"
	case errors.As(err, &dns):
		return "name lookup failed"
	case errors.As(err, &cert):
		return "the certificate is not valid: " + cert.Err.Error()
	case errors.As(err, &record):
		return "the server does not speak TLS on this port"
	case errors.As(err, &alert), strings.Contains(err.Error(), "tls: "):
		return "TLS failed"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "host unreachable"
	case errors.Is(err, io.EOF):
		return "the server closed the connection"
	}
	return ""
}
