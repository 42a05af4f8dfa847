package ratelimit

import (
	"cmp"
	"time"
)

// Fuse counts the events of one session, whatever they are. It belongs to the
// goroutine that reads the session; the zero value is ready.
type Fuse struct {
	window  Window
	blocked time.Time // until when; zero: not at all
}

// Verdict is what to do with an event.
type Verdict uint8

const (
	Allow Verdict = iota // go on
	Trip                 // refuse it, tell the client once, and block
	Drop                 // refuse it: the session is blocked
)

// Event counts an event that came at now. limit may change between events, its
// window from the next one on. A block holds however long it is, and is not made
// longer by what comes meanwhile.
func (f *Fuse) Event(limit Limit, now time.Time) Verdict {
	if !f.blocked.IsZero() {
		if now.Before(f.blocked) {
			return Drop
		}
		*f = Fuse{}
	}
	if limit.Max <= 0 {
		return Allow
	}
	count := f.window.Count(now, limit.window())
	if count.Used <= limit.Max {
		return Allow
	}
	f.blocked = now.Add(cmp.Or(limit.Block, count.Reset))
	return Trip
}

// FuseState is a Fuse as one server program hands it to the next.
type FuseState struct {
	Used    int       `json:"used,omitempty"` // in the window
	Ends    time.Time `json:"ends,omitzero"`  // when the window does
	Blocked time.Time `json:"blocked,omitzero"`
}

// State returns what a fuse has counted.
func (f *Fuse) State() FuseState { return FuseState{f.window.used, f.window.ends, f.blocked} }

// Restore makes a fuse of its state.
func (f *Fuse) Restore(s FuseState) {
	*f = Fuse{window: Window{used: max(0, s.Used), ends: s.Ends}, blocked: s.Blocked}
}
