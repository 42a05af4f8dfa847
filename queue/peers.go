package queue

import (
	"context"
	"time"
)

// Peers are the servers that share a namespace, this one among them: which of them
// has an instance, and what they have to say to each other.
//
//	A: Lease("9f3c…") ─► "B" is the holder ─► Send("B", job) ═ inbox of B ═► Letter("A", job)
//	A: Letter("B", result) ◄═ inbox of A ═ B: Send("A", result)
//
// A lease is held until Release, or until its holder is gone: then Gone is told at
// all others, and whoever asks next has it. A server that was cut off or frozen for so
// long that others may have taken it for dead is told which leases it has Lost, before
// any of them can have another holder.
//
// A letter arrives at most once, and in the order in which its sender sent it; what was
// sent to a node that is gone does not arrive.
type Peers interface {
	// Attend says who is told of letters and losses. It is called once, before
	// anything else, and nothing is told before it.
	Attend(Post)

	// Node is the name of this server now. It has another one after it was cut off
	// for too long.
	Node() string

	// Key is 32 bytes that all servers of the namespace have, and nobody else.
	Key() [32]byte

	// Lease takes the lease of a key for this server unless somebody has it, and
	// returns who does. One that is held here already costs no I/O. ErrUnavailable:
	// nobody can say.
	Lease(ctx context.Context, key string) (holder string, err error)

	// Release gives a lease up. It does not wait; what the store cannot be told now it
	// is told later.
	Release(key string)

	// Send puts a letter, at most MaxLetter bytes, into the inbox of a node. It never
	// waits: sent is called once, as the callbacks of Queue are: nil, ErrFull (the
	// inbox holds too many), ErrNotFound (no such node), ErrUnavailable or
	// ErrClosed. After any error but ErrUnavailable the letter does not arrive.
	Send(node string, letter []byte, sent func(error))

	// Publish sets what others see of this server as Peer.About, from the next
	// heartbeat on.
	Publish(about []byte)

	// List returns the servers that live, by name, as they were seen last: with each
	// heartbeat.
	List() []Peer
}

// Post takes what comes from other servers. Its methods are called one after
// another, by a goroutine of the store that they should not hold up.
type Post interface {
	// Letter is what a node sent. The text is the receiver's.
	Letter(from string, text []byte)

	// Gone tells that a node lives no more, or goes by another name: its leases are
	// free, what was sent to it is lost, and after this nothing comes from it.
	Gone(node string)

	// Lost tells that leases of this server are not its own any more.
	Lost(keys []string)
}

// MaxLetter is how many bytes a letter may have: a message or a result of the largest
// size that limits allow, and what goes with it.
const MaxLetter = 64 << 20

// Peer is a server as the others see it.
type Peer struct {
	Node  string
	Self  bool
	About []byte        // what it published, JSON; nil for nothing yet
	Delay time.Duration // that its last letter to itself or from here took; 0: not known
}
