package platform

import (
	"sync"

	"github.com/sockethub/sockethub/platform/internal/frame"
)

// crew runs the tasks of a worker on goroutines that it keeps, at most so many
// at a time.
//
// Starting or waking a goroutine costs more than a quick task does. So one that
// has done a task takes the next, and wakes another only when it goes into a
// task while more wait: a task that takes long holds up nobody, and many quick
// ones cost hardly a wake.
//
// Results are gathered the same way. They are written when a goroutine finds no
// task left, so before one goes into a task it sees to it that another looks.
type crew struct {
	run  func(*task)
	out  *frame.Outbox
	most int // goroutines

	mu      sync.Mutex // guards the fields below; never held across a task or a write
	waiting []*task
	head    int     // of waiting: what is before it was taken
	idle    []*hand // the last one slept least
	hands   []*hand
	looking bool // a goroutine is on its way to look for tasks
	closed  bool
	quiet   chan struct{} // closed when nothing runs nor waits any more; nil while nobody asked
}

// hand is a goroutine of a crew.
type hand struct {
	wake chan struct{}
	task *task // what it is at; nil between tasks
}

// add appends tasks, which the crew keeps no reference to as a slice.
func (c *crew) add(tasks ...*task) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	if c.head > len(c.waiting)/2 {
		n := copy(c.waiting, c.waiting[c.head:])
		clear(c.waiting[n:])
		c.waiting, c.head = c.waiting[:n], 0
	}
	c.waiting = append(c.waiting, tasks...)
	c.call()
}

// call sees to it that a goroutine looks for tasks; false when all are at one.
// c.mu is held.
func (c *crew) call() bool {
	switch n := len(c.idle); {
	case c.looking:
	case n > 0:
		c.idle[n-1].wake <- struct{}{} // never waits: an idle one's channel is empty
		c.idle = c.idle[:n-1]
		c.looking = true
	case len(c.hands) < c.most:
		h := &hand{wake: make(chan struct{}, 1)}
		c.hands = append(c.hands, h)
		c.looking = true
		go c.work(h) // until close
	default:
		return false
	}
	return true
}

// work is the life of a hand. It holds c.mu but for what takes time: a panic in
// there must find nothing to unlock, and be all that the log shows.
func (c *crew) work(h *hand) {
	c.mu.Lock()
	c.looking = false
	for {
		t := c.take()
		switch {
		case t != nil:
			h.task = t
			flush := false
			if c.head < len(c.waiting) || c.out.Dirty.Load() {
				flush = !c.call()
			}
			c.mu.Unlock()
			if flush && c.out.Dirty.Load() {
				c.out.Flush()
			}
			c.run(t)
			c.mu.Lock()
			h.task = nil
		case c.out.Dirty.Load():
			c.mu.Unlock()
			c.out.Flush()
			c.mu.Lock()
		default:
			c.checkQuiet()
			if c.closed {
				c.mu.Unlock()
				return
			}
			c.idle = append(c.idle, h)
			c.mu.Unlock()
			<-h.wake
			c.mu.Lock()
			c.looking = false
		}
	}
}

// take returns the next task, nil when none waits. c.mu is held.
func (c *crew) take() *task {
	if c.head == len(c.waiting) {
		return nil
	}
	t := c.waiting[c.head]
	c.waiting[c.head] = nil
	c.head++
	if c.head == len(c.waiting) {
		c.waiting, c.head = c.waiting[:0], 0
	}
	return t
}

// each calls f with all tasks that run or wait; f must not call the crew.
func (c *crew) each(f func(*task)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range c.hands {
		if h.task != nil {
			f(h.task)
		}
	}
	for _, t := range c.waiting[c.head:] {
		f(t)
	}
}

// quietly returns a channel that is closed once no task runs or waits.
func (c *crew) quietly() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.quiet == nil {
		c.quiet = make(chan struct{})
		c.checkQuiet()
	}
	return c.quiet
}

// checkQuiet closes quiet if it is time. c.mu is held.
func (c *crew) checkQuiet() {
	if c.quiet == nil || c.head < len(c.waiting) {
		return
	}
	for _, h := range c.hands {
		if h.task != nil {
			return
		}
	}
	select {
	case <-c.quiet:
	default:
		close(c.quiet)
	}
}

// close lets the goroutines end, each after the task it is at. Tasks that wait
// are dropped.
func (c *crew) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	clear(c.waiting)
	c.waiting, c.head = nil, 0
	for _, h := range c.idle {
		h.wake <- struct{}{}
	}
	c.idle = nil
}
