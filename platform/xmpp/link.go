package xmpp

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// link is a connection to a server, plain or TLS. One goroutine reads, the outbox
// or the negotiation writes.
type link struct {
	conn   net.Conn
	reader *xml.Reader
	tls    *tls.Conn // nil without TLS
	limit  int       // bytes of a stanza that the server takes
}

const (
	// usualLimit is what servers take that do not say: the default of prosody and
	// ejabberd. A longer stanza ends the stream.
	usualLimit = 256 << 10
	// leastLimit is what each must take (RFC 6120, section 13.12).
	leastLimit = 10_000
)

// writeTimeout is how long a server may take nothing.
const writeTimeout = 15 * time.Second

func newLink(conn net.Conn, secure *tls.Conn) *link {
	return &link{conn: conn, reader: xml.NewReader(conn), tls: secure, limit: usualLimit}
}

// write sends bytes in one piece. After an error the connection is closed: who
// reads hears of it.
func (k *link) write(b []byte) error {
	k.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, err := k.conn.Write(b)
	if err != nil {
		k.conn.Close()
	}
	return err
}

// read returns the next stanza. A zero deadline is none.
func (k *link) read(deadline time.Time) (*xml.Element, error) {
	k.conn.SetReadDeadline(deadline)
	return k.reader.Next()
}

// isLoopback reports whether what is sent to an address stays on this machine.
func isLoopback(address string) bool {
	at, err := netip.ParseAddrPort(address)
	return err == nil && at.Addr().Unmap().IsLoopback()
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
