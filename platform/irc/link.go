package irc

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/sockethub/sockethub/platform/irc/wire"
)

// link is a connection to a server, plain or TLS. One goroutine reads, any may
// write.
type link struct {
	conn     net.Conn
	lines    *wire.Reader
	secure   bool // TLS
	verified bool // with a certificate that somebody vouches for

	mu  sync.Mutex // one writer at a time; guards buf
	buf []byte
}

// writeTimeout is how long a server may take nothing.
const writeTimeout = 15 * time.Second

func newLink(conn net.Conn, secure bool) *link {
	return &link{conn: conn, lines: wire.NewReader(conn), secure: secure}
}

// write sends messages in one piece. With an error none of them was sent, or the
// connection is closed.
func (k *link) write(messages ...wire.Message) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.buf = k.buf[:0]
	for i := range messages {
		var err error
		if k.buf, err = messages[i].Append(k.buf); err != nil {
			return err
		}
	}
	k.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, err := k.conn.Write(k.buf)
	if err != nil {
		k.conn.Close() // who reads hears of it
	}
	if cap(k.buf) > 4<<10 {
		k.buf = nil
	}
	return err
}

// read returns the next message that can be understood. A zero deadline is none.
func (k *link) read(deadline time.Time) (wire.Message, error) {
	k.conn.SetReadDeadline(deadline)
	k.lines.Shrink()
	for {
		line, err := k.lines.ReadLine()
		if err != nil {
			return wire.Message{}, err
		}
		if m, err := wire.Parse(line); err == nil {
			return m, nil
		}
	}
}

// isLocal reports whether what is sent stays on this machine.
func (k *link) isLocal() bool {
	at, err := netip.ParseAddrPort(k.conn.RemoteAddr().String())
	return err == nil && at.Addr().Unmap().IsLoopback()
}

// private reports whether a secret may be sent.
func (k *link) private() bool { return k.secure || k.isLocal() }

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
