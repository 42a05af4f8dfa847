package queue

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// recordCost is what a record weighs beside its lines, so that requests without
// any count too.
const recordCost = 512

// memoryReplay is the answers of a server without Redis.
type memoryReplay struct {
	maxLines           int
	maxBytes, maxTotal int64

	mu      sync.Mutex               // guards the fields below
	records map[string]*memoryRecord // nil once closed
	total   int64
	// The record that was refreshed longest ago comes first. All requests of a
	// server have the same time to live, so it is also the first to expire.
	oldest, newest *memoryRecord
}

type memoryRecord struct {
	id         string
	prev, next *memoryRecord
	Record
	ttl     time.Duration
	expires time.Time
	bytes   int64 // of the lines
}

func newMemoryReplay(o Options) *memoryReplay {
	return &memoryReplay{
		maxLines: o.MaxReplayLines,
		maxBytes: o.MaxReplayBytes,
		maxTotal: o.MaxReplayTotal,
		records:  make(map[string]*memoryRecord),
	}
}

func (m *memoryReplay) Begin(_ context.Context, id string, digest [32]byte, ttl time.Duration) (Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records == nil {
		return Record{}, ErrClosed
	}
	now := time.Now()
	if r := m.live(id, now); r != nil {
		return r.view(), nil
	}
	if !m.reserve(recordCost, nil) {
		return Record{}, ErrTooMany
	}
	r := &memoryRecord{id: id, Record: Record{State: ReplayRunning, Digest: digest}, ttl: ttl}
	m.records[id] = r
	m.refresh(r, now)
	m.total += recordCost
	return Record{State: ReplayNew, Digest: digest}, nil
}

func (m *memoryReplay) Append(_ context.Context, id string, line []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	r, err := m.running(id, now)
	if err != nil {
		return err
	}
	n := int64(len(line))
	if len(r.Lines) >= m.maxLines || n > m.maxBytes-r.bytes || !m.reserve(n, r) {
		return ErrTooMany
	}
	r.Lines = append(r.Lines, bytes.Clone(line))
	r.bytes += n
	m.total += n
	m.refresh(r, now)
	return nil
}

func (m *memoryReplay) Complete(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	r, err := m.running(id, now)
	if err != nil {
		return err
	}
	r.State = ReplayComplete
	m.refresh(r, now)
	return nil
}

func (m *memoryReplay) Read(_ context.Context, id string) (Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records == nil {
		return Record{}, ErrClosed
	}
	r := m.live(id, time.Now())
	if r == nil {
		return Record{}, ErrNotFound
	}
	return r.view(), nil
}

func (m *memoryReplay) running(id string, now time.Time) (*memoryRecord, error) {
	if m.records == nil {
		return nil, ErrClosed
	}
	if r := m.live(id, now); r != nil && r.State == ReplayRunning {
		return r, nil
	}
	return nil, ErrNotFound
}

// live finds a record that has not expired.
func (m *memoryReplay) live(id string, now time.Time) *memoryRecord {
	for m.oldest != nil && now.After(m.oldest.expires) {
		m.forget(m.oldest)
	}
	r := m.records[id]
	if r != nil && now.After(r.expires) {
		m.forget(r)
		return nil
	}
	return r
}

// reserve makes room for n bytes by forgetting the oldest complete records.
func (m *memoryReplay) reserve(n int64, keep *memoryRecord) bool {
	for r := m.oldest; r != nil && n > m.maxTotal-m.total; {
		next := r.next
		if r != keep && r.State == ReplayComplete {
			m.forget(r)
		}
		r = next
	}
	return n <= m.maxTotal-m.total
}

// refresh starts a record's time to live again.
func (m *memoryReplay) refresh(r *memoryRecord, now time.Time) {
	r.expires = now.Add(r.ttl)
	if m.newest == r {
		return
	}
	m.unlink(r)
	r.prev = m.newest
	if m.newest != nil {
		m.newest.next = r
	} else {
		m.oldest = r
	}
	m.newest = r
}

func (m *memoryReplay) forget(r *memoryRecord) {
	m.unlink(r)
	delete(m.records, r.id)
	m.total -= r.bytes + recordCost
}

// unlink takes a record out of the order; one that is not in it is left alone.
func (m *memoryReplay) unlink(r *memoryRecord) {
	if r.prev != nil {
		r.prev.next = r.next
	} else if m.oldest == r {
		m.oldest = r.next
	}
	if r.next != nil {
		r.next.prev = r.prev
	} else if m.newest == r {
		m.newest = r.prev
	}
	r.prev, r.next = nil, nil
}

func (m *memoryReplay) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records, m.oldest, m.newest, m.total = nil, nil, nil, 0
}

// view is a record that later lines do not change.
func (r *memoryRecord) view() Record {
	v := r.Record
	v.Lines = v.Lines[:len(v.Lines):len(v.Lines)]
	return v
}
