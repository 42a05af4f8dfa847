package ratelimit

import (
	"context"
	"sync"
	"time"
)

// Memory counts by key in this process.
type Memory struct {
	max int

	mu      sync.Mutex // guards windows
	windows map[string]Window
}

// defaultKeys are enough for a busy server, and at most 10 MB.
const defaultKeys = 1 << 16

// NewMemory makes a counter that keeps at most max windows; 0 means 65536.
func NewMemory(max int) *Memory {
	if max == 0 {
		max = defaultKeys
	}
	return &Memory{max: max, windows: make(map[string]Window)}
}

// Count implements Counter. It never fails.
func (m *Memory) Count(_ context.Context, key string, length time.Duration) (Count, error) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	w, ok := m.windows[key]
	if !ok {
		m.makeRoom(now)
	}
	count := w.Count(now, length)
	m.windows[key] = w
	return count, nil
}

// Extend implements Counter. It never fails.
func (m *Memory) Extend(_ context.Context, key string, left time.Duration) error {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if w, ok := m.windows[key]; ok && now.Before(w.ends) {
		w.ends = now.Add(left)
		m.windows[key] = w
	}
	return nil
}

// Used is how many were counted in the present window of a key.
func (m *Memory) Used(key string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if w, ok := m.windows[key]; ok && time.Now().Before(w.ends) {
		return w.used
	}
	return 0
}

// makeRoom forgets a few windows that have ended, and one that has not when all
// places are taken: counting a key anew does less harm than refusing everybody,
// or than memory that any stranger can fill. Maps are walked in random order.
func (m *Memory) makeRoom(now time.Time) {
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

// KeptWindow is the present window of a key, as one server program hands it to
// the next.
type KeptWindow struct {
	Key  string    `json:"key"`
	Used int       `json:"used"`
	Ends time.Time `json:"ends"`
}

// Windows returns those that have not ended.
func (m *Memory) Windows() []KeptWindow {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	list := []KeptWindow{}
	for key, w := range m.windows {
		if now.Before(w.ends) {
			list = append(list, KeptWindow{key, w.used, w.ends})
		}
	}
	return list
}

// Restore takes what Windows returned.
func (m *Memory) Restore(list []KeptWindow) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range list {
		m.makeRoom(now)
		m.windows[k.Key] = Window{k.Used, k.Ends}
	}
}
