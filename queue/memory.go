package queue

import (
	"context"
	"sync"
)

// memory is the store of a server without Redis. It confirms at once.
type memory struct {
	credentials *memoryCredentials
	replay      *memoryReplay
	limiter     *memoryLimiter

	mu     sync.Mutex // guards the fields below; never held across callbacks
	ledger ledger
	closed bool
}

// OpenMemory makes a store that lives as long as the process.
func OpenMemory(o Options) (Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &memory{
		credentials: newMemoryCredentials(o),
		replay:      newMemoryReplay(o),
		limiter:     newMemoryLimiter(o),
		ledger:      newLedger(o.MaxQueuedJobs),
	}, nil
}

func (m *memory) Credentials() Credentials { return m.credentials }
func (m *memory) Replay() Replay           { return m.replay }
func (m *memory) Limiter() Limiter         { return m.limiter }

func (m *memory) Push(job *Job, generation uint64, confirmed func(error)) error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return ErrClosed
	}
	_, err := m.ledger.push(job, generation)
	if err == nil {
		m.ledger.stats.Pushed++
	}
	m.mu.Unlock()
	if err != nil {
		return err
	}
	confirmed(nil)
	return nil
}

func (m *memory) Claim(instance string, generation uint64, confirmed func(error)) *Job {
	m.mu.Lock()
	var job *Job
	if !m.closed {
		if e := m.ledger.claim(instance, generation); e != nil {
			job = e.job
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
	e := m.ledger.held(id, generation)
	if e == nil {
		return nil, false
	}
	m.ledger.stats.Finished++
	return m.ledger.remove(e), true
}

func (m *memory) Remove(id uint64) (*Job, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.ledger.jobs[id]
	if e == nil {
		return nil, false
	}
	m.ledger.stats.Removed++
	return m.ledger.remove(e), true
}

func (m *memory) Settle(instance string, generation uint64) []*Job {
	m.mu.Lock()
	defer m.mu.Unlock()
	var jobs []*Job
	for _, e := range m.ledger.holds(instance, generation) {
		jobs = append(jobs, m.ledger.remove(e))
	}
	m.ledger.stats.Settled += uint64(len(jobs))
	return jobs
}

func (m *memory) Requeue(job *Job, confirmed func(error)) error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return ErrClosed
	}
	_, err := m.ledger.requeue(job)
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
	return m.ledger.waiting(instance)
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
	s := m.ledger.snapshot()
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
	m.limiter.close()
	return nil
}
