package ratelimit

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sockethub/sockethub/remote"
)

// Lockout keeps subscribers out for a while who were wrong too often, as with
// their secrets. Failures are counted in a Counter, which all servers may share.
// Each server notes a block itself, so that nobody who is let in is looked up;
// the count stays as long as the block does, so that at any other server it
// begins with the next failure.
type Lockout struct {
	prefix  string
	counter Counter
	local   *Memory // while the counter fails
	limit   atomic.Pointer[Limit]

	mu      sync.Mutex // guards blocked
	blocked map[string]time.Time
}

// NewLockout makes one that counts under keys which begin with prefix.
func NewLockout(prefix string, counter Counter, l Limit) *Lockout {
	o := &Lockout{prefix: prefix, counter: counter, local: NewMemory(0), blocked: make(map[string]time.Time)}
	o.SetLimit(l)
	return o
}

// SetLimit replaces the limit from the next failure on.
func (o *Lockout) SetLimit(l Limit) { o.limit.Store(&l) }

// Left is how long an address is still kept out; 0: it is not.
func (o *Lockout) Left(address string) time.Duration {
	subscriber := remote.Subscriber(address)
	o.mu.Lock()
	defer o.mu.Unlock()
	until, ok := o.blocked[subscriber]
	if !ok {
		return 0
	}
	left := time.Until(until)
	if left <= 0 {
		delete(o.blocked, subscriber)
	}
	return max(0, left)
}

// Failed counts a failure of an address, and returns for how long it is kept out
// now: 0 as long as there are no more than the limit allows.
func (o *Lockout) Failed(ctx context.Context, address string) time.Duration {
	limit := o.limit.Load()
	if limit.Max <= 0 {
		return 0
	}
	subscriber := remote.Subscriber(address)
	count, err := o.counter.Count(ctx, o.prefix+subscriber, limit.Window)
	if err != nil {
		count, _ = o.local.Count(ctx, subscriber, limit.Window) // memory does not fail
	}
	if count.Used < limit.Max {
		return 0
	}
	_ = o.counter.Extend(ctx, o.prefix+subscriber, limit.Block) // what fails here leaves the block to this server
	o.mu.Lock()
	defer o.mu.Unlock()
	o.makeRoom()
	o.blocked[subscriber] = time.Now().Add(limit.Block)
	return limit.Block
}

// Blocks returns who is kept out and until when, as one server program hands it to
// the next, and Restore takes it.
func (o *Lockout) Blocks() map[string]time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.blocked)
}

func (o *Lockout) Restore(blocks map[string]time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for subscriber, until := range blocks {
		o.makeRoom()
		o.blocked[subscriber] = until
	}
}

// makeRoom is as that of Memory; mu is held.
func (o *Lockout) makeRoom() {
	now, looks := time.Now(), 4
	for subscriber, until := range o.blocked {
		if !now.Before(until) || len(o.blocked) >= defaultKeys {
			delete(o.blocked, subscriber)
		}
		if looks--; looks == 0 {
			return
		}
	}
}
