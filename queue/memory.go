package queue

import (
	"context"
	"sync"
	"time"

	"github.com/sockethub/sockethub/ratelimit"
)

// memory is the store of a server without Redis. It confirms at once.
type memory struct {
	credentials *memoryCredentials
	replay      *memoryReplay
	limiter     *ratelimit.Memory

	mu     sync.Mutex // guards the fields below; never held across callbacks
	ledger Ledger
	closed bool
}

// OpenMemory makes a store that lives as long as the process.
func OpenMemory(o Options) (Store, error) {
	o, err := o.WithDefaults()
	if err != nil {
		return nil, err
	}
	return &memory{
		credentials: newMemoryCredentials(o),
		replay:      newMemoryReplay(o),
		limiter:     ratelimit.NewMemory(o.MaxLimiterKeys),
		ledger:      NewLedger(o.MaxQueuedJobs),
	}, nil
}

func (m *memory) Credentials() Credentials   { return m.credentials }
func (m *memory) Replay() Replay             { return m.replay }
func (m *memory) Limiter() ratelimit.Counter { return memoryLimiter{m} }
func (m *memory) Peers() Peers               { return nil }

func (m *memory) Push(job *Job, generation uint64, confirmed func(error)) error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return ErrClosed
	}
	_, err := m.ledger.Push(job, generation)
	if err == nil {
		m.ledger.Stats.Pushed++
	}
	m.mu.Unlock()
	if err != nil {
		return err
	}
	confirmed(nil)
	return nil
}

func (m *memory) Claim(instance string, generation uint64, full func(Turn) bool, confirmed func(error)) *Job {
	m.mu.Lock()
	var job *Job
	if !m.closed {
		if e := m.ledger.Claim(instance, generation, full); e != nil {
			job = e.Job
		}
	}
	m.mu.Unlock()
	if job == nil {
		return nil
	}
	confirmed(nil)
	return job
}

func (m *memory) Finish(id, generation uint64) (*Job, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.ledger.Claimed(id, generation)
	if e == nil {
		return nil, false
	}
	m.ledger.Stats.Finished++
	return m.ledger.Remove(e), true
}

func (m *memory) Remove(id uint64) (*Job, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.ledger.Entry(id)
	if e == nil {
		return nil, false
	}
	m.ledger.Stats.Removed++
	return m.ledger.Remove(e), true
}

func (m *memory) Displace(instance string, turn Turn) *Job {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.ledger.Longest(instance, turn)
	if e == nil {
		return nil
	}
	m.ledger.Stats.Removed++
	return m.ledger.Remove(e)
}

func (m *memory) Settle(instance string, generation uint64) []*Job {
	m.mu.Lock()
	defer m.mu.Unlock()
	var jobs []*Job
	for _, e := range m.ledger.ClaimedBy(instance, generation) {
		jobs = append(jobs, m.ledger.Remove(e))
	}
	m.ledger.Stats.Settled += uint64(len(jobs))
	return jobs
}

func (m *memory) Requeue(job *Job, confirmed func(error)) error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return ErrClosed
	}
	_, err := m.ledger.Requeue(job)
	m.mu.Unlock()
	if err != nil {
		return err
	}
	confirmed(nil)
	return nil
}

func (m *memory) Waiting(instance string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ledger.Waiting(instance)
}

func (m *memory) Ready() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	return nil
}

func (m *memory) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.ledger.Snapshot()
	s.Backend, s.Up = "memory", !m.closed
	return s
}

// Close forgets everything. Jobs that are still in the queue can be finished and
// taken out, so that their owner can answer them.
func (m *memory) Close(context.Context) error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.credentials.close()
	m.replay.close()
	return nil
}

// memoryLimiter is the counters, which end with the store.
type memoryLimiter struct{ m *memory }

func (l memoryLimiter) Count(ctx context.Context, key string, window time.Duration) (ratelimit.Count, error) {
	if err := l.m.Ready(); err != nil {
		return ratelimit.Count{}, err
	}
	return l.m.limiter.Count(ctx, key, window)
}

func (l memoryLimiter) Extend(ctx context.Context, key string, left time.Duration) error {
	if err := l.m.Ready(); err != nil {
		return err
	}
	return l.m.limiter.Extend(ctx, key, left)
}
