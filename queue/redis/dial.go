package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
)

// wire is a connection whose deadlines its owner sets, where redigo would set
// one for each reply, and that reports when redigo has come to the end of the
// replies at hand.
type wire struct {
	net.Conn
	reading func(waits bool) // nil for nobody
}

func (w wire) Read(b []byte) (int, error) {
	if w.reading != nil {
		w.reading(true)
		defer w.reading(false)
	}
	return w.Conn.Read(b)
}

func (wire) SetReadDeadline(time.Time) error  { return nil }
func (wire) SetWriteDeadline(time.Time) error { return nil }

// dial connects and gets in. The connection has a deadline for the first answers,
// which the caller lifts. An error is a refusal, wrapped in what the log may say.
func (t target) dial(ctx context.Context, timing timing, reading func(waits bool)) (net.Conn, redigo.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, timing.connect)
	defer cancel()
	if t.seeds != nil {
		var err error
		if t.address, err = t.locate(ctx, timing); err != nil {
			return nil, nil, err
		}
	}
	raw, err := t.reach(ctx, t.address, timing)
	if err != nil {
		return nil, nil, err
	}
	c := redigo.NewConn(wire{raw, reading}, 0, 0)
	if err := t.enter(c); err != nil {
		raw.Close()
		return nil, nil, err
	}
	return raw, c, nil
}

// reach connects to an address.
func (t target) reach(ctx context.Context, address string, timing timing) (net.Conn, error) {
	var d net.Dialer
	raw, err := d.DialContext(ctx, t.network, address)
	if err != nil {
		return nil, &dialError{errUnreachable, err}
	}
	if t.tls != nil {
		config := t.tls.Clone()
		if config.ServerName == "" {
			config.ServerName, _, _ = net.SplitHostPort(address)
		}
		secure := tls.Client(raw, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			raw.Close()
			return nil, &dialError{tlsRefusal(err), err}
		}
		raw = secure
	}
	raw.SetDeadline(time.Now().Add(timing.reply))
	return raw, nil
}

// enter authenticates and selects the database. What a Sentinel has named must be
// no replica: it may not know yet.
func (t target) enter(c redigo.Conn) error {
	if err := t.authenticate(c); err != nil {
		return broken(refused(err))
	}
	if t.master != "" {
		role, err := redigo.Values(run(c, "ROLE"))
		if err != nil {
			return broken(err)
		}
		if len(role) == 0 || fmt.Sprintf("%s", role[0]) != "master" {
			return errElsewhere
		}
	}
	var err error
	if t.database != 0 {
		_, err = run(c, "SELECT", strconv.Itoa(t.database))
	} else {
		_, err = run(c, "PING") // some proxies know no databases
	}
	if err != nil {
		return broken(err)
	}
	return nil
}

func (t target) authenticate(c redigo.Conn) error {
	if t.password == "" {
		return nil
	}
	args := []any{t.password}
	if t.user != "" {
		args = []any{t.user, t.password}
	}
	_, err := c.Do("AUTH", args...)
	return err
}

// broken makes a refusal of what ended a connection that was not up yet.
func broken(err error) error {
	if errors.Is(err, queue.ErrUnavailable) {
		return err
	}
	return &dialError{errSilent, err}
}

func tlsRefusal(err error) *refusal {
	var cert *tls.CertificateVerificationError
	var host x509.HostnameError
	if errors.As(err, &cert) || errors.As(err, &host) {
		return errUntrusted
	}
	return errUnreachable
}

// dialError is a refusal with its cause, which names addresses: for the log.
type dialError struct {
	*refusal
	cause error
}

func (e *dialError) Unwrap() error { return e.refusal }

// detail is an error as operators may see it: with the cause or the command,
// without a password.
func detail(err error) string {
	var d *dialError
	var c *commandError
	switch {
	case errors.As(err, &d):
		return fmt.Sprintf("%v: %v", d.refusal, d.cause)
	case errors.As(err, &c):
		return fmt.Sprintf("%s: %v", c.command, c.refusal)
	}
	return err.Error()
}
