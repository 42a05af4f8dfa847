package sentry

import (
	"sync"
	"time"
)

const (
	repeatAfter = time.Minute // the same report again
	maxRepeats  = 1000        // texts that are remembered: more than anybody would read
)

// repeats keeps the same report from being sent again and again.
type repeats struct {
	mu   sync.Mutex // guards last
	last map[string]time.Time
}

// first reports whether a text was not seen for a minute.
func (r *repeats) first(text string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, ok := r.last[text]; ok && now.Sub(at) < repeatAfter {
		return false
	}
	if r.last == nil || len(r.last) >= maxRepeats {
		r.last = map[string]time.Time{}
	}
	r.last[text] = now
	return true
}
