package redis

import "github.com/sockethub/sockethub/queue"

// expected is the replies that a group of commands will get.
type expected struct {
	to      receiver
	replies int   // still to come
	at      int64 // when the commands were appended
	err     error // the first error among the replies

	command, key string // what is named when the commands are refused; "" for nothing

	// For the queue's own use.
	kind     kind
	entry    *queue.Entry
	version  uint64
	instance string
	batch    []mark
}

// receiver gets replies on the goroutine that reads them.
type receiver interface {
	// reply is called for each reply; x.replies counts what is still to come.
	// An error inside of an EXEC's reply is an error of the reply.
	reply(x *expected, reply any, err error)
	// lost is called when no more replies will come.
	lost(x *expected)
}

// expectations is a first-in-first-out queue.
type expectations struct {
	all  []expected
	head int
}

func (q *expectations) push(x expected) {
	if q.head > 64 && q.head > len(q.all)/2 {
		n := copy(q.all, q.all[q.head:])
		clear(q.all[n:])
		q.all, q.head = q.all[:n], 0
	}
	q.all = append(q.all, x)
}

func (q *expectations) front() *expected {
	if q.head == len(q.all) {
		return nil
	}
	return &q.all[q.head]
}

func (q *expectations) pop() expected {
	x := q.all[q.head]
	q.all[q.head] = expected{}
	q.head++
	if q.head == len(q.all) {
		q.all, q.head = q.all[:0], 0
	}
	return x
}

// call is a group of commands whose sender waits.
type call struct {
	done    chan struct{} // closed when all fields are set
	replies []any
	err     error
	failed  int // which reply was the error
}

func (c *call) reply(x *expected, reply any, err error) {
	if err != nil && err == x.err {
		c.failed = len(c.replies)
	}
	c.replies = append(c.replies, reply)
	if x.replies == 0 {
		c.err = x.err
		close(c.done)
	}
}

func (c *call) lost(*expected) {
	c.err = errLost
	close(c.done)
}
