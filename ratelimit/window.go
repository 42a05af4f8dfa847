package ratelimit

import (
	"cmp"
	"context"
	"time"
)

// Limit is how much is allowed.
type Limit struct {
	Max    int           // in a window; 0 or less: no limit
	Window time.Duration // begins with the first event and then does not move; 0 means 1 s
	Block  time.Duration // how long a Fuse that tripped lets nothing through, 0: until the window ends; a Guard has no use for it
}

func (l Limit) window() time.Duration { return cmp.Or(l.Window, time.Second) }

// Count is what a window has counted.
type Count struct {
	Used  int           // this event included
	Reset time.Duration // until the window ends
}

// Counter counts events by key. Any number of goroutines may use it.
type Counter interface {
	Count(ctx context.Context, key string, window time.Duration) (Count, error)
	// Extend makes the present window of a key, if it has one, end after left.
	Extend(ctx context.Context, key string, left time.Duration) error
}

// Window is one window after another. The zero value is ready; it does not lock.
type Window struct {
	used int
	ends time.Time
}

// Count counts an event that came at now. A window that begins with it is as
// long as length.
func (w *Window) Count(now time.Time, length time.Duration) Count {
	if !now.Before(w.ends) {
		*w = Window{ends: now.Add(length)}
	}
	w.used++
	return Count{w.used, w.ends.Sub(now)}
}
