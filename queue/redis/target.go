package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
)

// target is where Redis is, and how to get in.
//
//	redis://host                        port 6379, database 0
//	redis://user:password@host:6380/2   also redis://:password@host
//	rediss://host                       the same over TLS
//	unix:///run/redis.sock?db=2         also unix://user:password@/run/redis.sock
//
// Options after the "?": db, username, password, and family (4 or 6: only
// addresses of that kind).
type target struct {
	network, address string
	user, password   string
	database         int
	tls              *tls.Config // nil: in the clear
}

// parseURL reads a URL. No error has a part of it that may be a password.
func parseURL(text string, config *tls.Config) (target, error) {
	u, err := url.Parse(text)
	if err != nil {
		// The error quotes the URL, and even its cause quotes parts of it.
		return target{}, errors.New("redis URL cannot be read: characters like / ? # @ % in a password must be percent-encoded")
	}
	t := target{network: "tcp"}
	switch u.Scheme {
	case "redis":
	case "rediss":
		if config == nil {
			config = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		t.tls = config.Clone()
		if t.tls.ServerName == "" {
			t.tls.ServerName = hostOf(u)
		}
	case "unix", "redis+unix", "redis+socket":
		t.network = "unix"
	case "":
		return target{}, errors.New("redis URL must begin with redis://, rediss:// or unix://")
	default:
		return target{}, errors.New("redis URL has an unknown scheme: use redis://, rediss:// or unix://")
	}
	if u.Opaque != "" || u.Fragment != "" {
		return target{}, errors.New("redis URL must look like redis://user:password@host:6379/0; # in a password must be percent-encoded")
	}
	if u.User != nil {
		t.user = u.User.Username()
		var set bool
		if t.password, set = u.User.Password(); !set {
			// As redis-cli has it: a single word is a password.
			t.user, t.password = "", t.user
		}
	}
	database := ""
	if t.network == "unix" {
		if u.Host != "" || !strings.HasPrefix(u.Path, "/") {
			return target{}, errors.New("redis URL must name a socket by its whole path: unix:///run/redis.sock")
		}
		t.address = u.Path
	} else {
		port := u.Port()
		if port == "" {
			port = "6379"
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return target{}, errors.New("redis URL has a port that is not between 1 and 65535")
		}
		t.address = net.JoinHostPort(hostOf(u), port)
		if _, _, err := net.SplitHostPort(t.address); err != nil {
			return target{}, errors.New("redis URL has a host that cannot be read")
		}
		database = strings.TrimPrefix(u.Path, "/")
	}
	if err := t.query(u, &database); err != nil {
		return target{}, err
	}
	if database != "" {
		if t.database, err = strconv.Atoi(database); err != nil || t.database < 0 {
			return target{}, errors.New("redis URL has a database that is not a number")
		}
	}
	return t, nil
}

// query takes the options after the "?".
func (t *target) query(u *url.URL, database *string) error {
	options, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("redis URL has options that cannot be read")
	}
	for name, values := range options {
		value := values[len(values)-1]
		switch name {
		case "db":
			*database = value
		case "username":
			t.user = value
		case "password":
			t.password = value
		case "family":
			switch {
			case t.network == "unix" || value == "0":
			case value == "4" || value == "6":
				t.network = "tcp" + value
			default:
				return errors.New("redis URL has a family that is not 0, 4 or 6")
			}
		default:
			return errors.New("redis URL has an unknown option: only db, username, password and family are known")
		}
	}
	return nil
}

func hostOf(u *url.URL) string {
	if h := u.Hostname(); h != "" {
		return h
	}
	return "localhost"
}

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
	var d net.Dialer
	raw, err := d.DialContext(ctx, t.network, t.address)
	if err != nil {
		return nil, nil, &dialError{errUnreachable, err}
	}
	if t.tls != nil {
		secure := tls.Client(raw, t.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			raw.Close()
			return nil, nil, &dialError{tlsRefusal(err), err}
		}
		raw = secure
	}
	raw.SetDeadline(time.Now().Add(timing.reply))
	c := redigo.NewConn(wire{raw, reading}, 0, 0)
	if err := t.enter(c); err != nil {
		raw.Close()
		return nil, nil, err
	}
	return raw, c, nil
}

// enter authenticates and selects the database.
func (t target) enter(c redigo.Conn) error {
	if t.password != "" {
		args := []any{t.password}
		if t.user != "" {
			args = []any{t.user, t.password}
		}
		if _, err := c.Do("AUTH", args...); err != nil {
			return broken(refused(err))
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
