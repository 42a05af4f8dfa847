package queue

import (
	"context"
	"sync"
	"time"
)

// memoryLimiter is the counters of a server without Redis.
type memoryLimiter struct {
	max int

	mu      sync.Mutex        // guards windows
	windows map[string]window // nil once closed
}

type window struct {
	used int
	ends time.Time
}

func newMemoryLimiter(o Options) *memoryLimiter {
	return &memoryLimiter{max: o.MaxLimiterKeys, windows: make(map[string]window)}
}

func (m *memoryLimiter) Count(_ context.Context, key string, length time.Duration) (Count, error) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.windows == nil {
		return Count{}, ErrClosed
	}
	w, ok := m.windows[key]
	if !ok {
		m.makeRoom(now)
	}
	if !ok || !now.Before(w.ends) {
		w = window{ends: now.Add(length)}
	}
	w.used++
	m.windows[key] = w
	return Count{w.used, w.ends.Sub(now)}, nil
}

// makeRoom forgets a few windows that have ended, and one that has not when all
// places are taken: counting an address anew does less harm than refusing
// everybody, or than memory that any stranger can fill.
func (m *memoryLimiter) makeRoom(now time.Time) {
	looks := 4
	for key, w := range m.windows {
		if !now.Before(w.ends) || len(m.windows) >= m.max {
			delete(m.windows, key)
		}
		if looks--; looks == 0 {
			return
		}
	}
}

func (m *memoryLimiter) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.windows = nil
}
