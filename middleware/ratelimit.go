package middleware

import "time"

// RateLimit is how many events a session may send.
type RateLimit struct {
	Max    int           // in a window; 0 or less: no limit
	Window time.Duration // begins with the first event and then does not move
	Block  time.Duration // how long a session that sent more is not listened to
}

// RateLimiter counts the events of one session, whatever they are. It belongs to
// the goroutine that reads the session; the zero value is ready.
type RateLimiter struct {
	began   time.Time
	count   int
	blocked time.Time // until when; zero: not at all
}

// Verdict is what to do with an event.
type Verdict uint8

const (
	Allow Verdict = iota // go on
	Trip                 // refuse it, tell the client once, and block
	Drop                 // refuse it: the session is blocked
)

// Event counts an event that came at now. limit may change between events. A
// block holds however long it is, and is not made longer by what comes meanwhile.
func (l *RateLimiter) Event(limit RateLimit, now time.Time) Verdict {
	if !l.blocked.IsZero() {
		if now.Before(l.blocked) {
			return Drop
		}
		*l = RateLimiter{}
	}
	if limit.Max <= 0 {
		return Allow
	}
	if l.count == 0 || now.Sub(l.began) >= limit.Window {
		l.began, l.count = now, 0
	}
	l.count++
	if l.count <= limit.Max {
		return Allow
	}
	l.blocked = now.Add(limit.Block)
	return Trip
}

// Count is how many events of the window have been counted, the one that
// tripped the limit included.
func (l *RateLimiter) Count() int { return l.count }
