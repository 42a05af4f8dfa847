package websocket

import (
	"cmp"
	"net"
	"sync"
	"time"
)

// Conn is a server's end of a WebSocket.
type Conn struct {
	conn         net.Conn // immutable, locks itself
	maxMessage   int64
	budget       *Budget
	maxBuffered  int64
	writeTimeout time.Duration
	deflate      bool

	// Of the reading goroutine.
	in      []byte // read and not yet taken, a part of buf
	buf     []byte // what in lies in: tiny, small, or a large one while much arrives
	small   []byte // nil: resting
	full    bool   // the last read filled buf
	message *message
	tiny    [tinyBuffer]byte

	mu        sync.Mutex    // guards the fields below; never held across I/O
	out       *[]byte       // what is not yet written; nil: nothing
	charged   int64         // of out, to the budget
	writing   bool          // a goroutine writes
	gathering bool          // the reading goroutine will write
	frozen    bool          // nothing is read or written: see Freeze
	closed    bool          // a close frame was sent, or the connection has failed
	writeErr  error         // why no more is written
	written   chan struct{} // closed when the write at hand has ended; nil: nobody waits for it
}

// An idle connection holds a tiny buffer, which the answer to a ping fits. Once
// more has come it gets a small one, for chat messages, until it rests again.
// What does not fit is read into a large one, which goes back when it is empty.
const (
	tinyBuffer  = 32
	smallBuffer = 512
	largeBuffer = 16 << 10
)

// Buffers are kept in two pools: one for reading, of one size, and one for
// what is being written or put together, of any size up to maxPooled.
var (
	largePool = sync.Pool{New: func() any { return new([largeBuffer]byte) }}
	bytesPool = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}
)

const maxPooled = 128 << 10

func newConn(conn net.Conn, opts *Options, deflate bool) *Conn {
	return &Conn{
		conn:         conn,
		maxMessage:   cmp.Or(opts.MaxMessage, defaultMaxMessage),
		maxBuffered:  cmp.Or(opts.MaxBuffered, defaultMaxBuffered),
		writeTimeout: cmp.Or(opts.WriteTimeout, defaultWriteTimeout),
		budget:       opts.Budget,
		deflate:      deflate,
		gathering:    true,
	}
}

// NetConn returns the connection below, for its addresses.
func (c *Conn) NetConn() net.Conn { return c.conn }

func getLarge() []byte { return largePool.Get().(*[largeBuffer]byte)[:] }

// putLarge takes back a buffer of getLarge that nobody reads any more.
func putLarge(b []byte) {
	poison(b)
	largePool.Put((*[largeBuffer]byte)(b))
}

// getBytes returns an empty buffer.
func getBytes() *[]byte { return bytesPool.Get().(*[]byte) }

// putBytes takes back a buffer of getBytes that nobody reads any more.
func putBytes(b *[]byte) {
	poison((*b)[:cap(*b)])
	if cap(*b) <= maxPooled {
		*b = (*b)[:0]
		bytesPool.Put(b)
	}
}
