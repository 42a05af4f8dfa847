package supervisor

import (
	"context"
	"errors"
	"sync"
	"time"
)

// The crossing: a program that is replaced in its process leaves its workers as
// they are, and tells the next one of them.
//
//	Hold ─► Settle ─► Freeze ─► HandOver ═ exec ═► Restore ─► RestoreJob ─► Resume
//	                    └─ it failed ─► Thaw
//
// What a worker wrote and nobody read stays in its pipe; what was read of a frame,
// and what is written of one, go along.
const (
	phaseOpen   int32 = iota
	phaseHeld         // jobs wait; workers finish what they have
	phaseFrozen       // nothing is read of workers, none starts, none is buried
)

// settleCheck is how often Settle looks.
const settleCheck = 2 * time.Millisecond

// freezeTime is how long the ends of workers that are ending may take.
const freezeTime = 3 * time.Second

// Hold lets jobs wait from now on: workers finish what they have.
func (m *Manager) Hold() { m.phase.CompareAndSwap(phaseOpen, phaseHeld) }

// Settle waits until no worker has a job, or ctx ends. What workers have then
// crosses with them.
func (m *Manager) Settle(ctx context.Context) {
	tick := time.NewTicker(settleCheck)
	defer tick.Stop()
	for m.busy() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// busy reports whether a worker has a job.
func (m *Manager) busy() bool {
	for _, in := range m.all() {
		in.mu.Lock()
		busy := len(in.works) > in.waiting
		in.mu.Unlock()
		if busy {
			return true
		}
	}
	return false
}

// Freeze leaves everything as it is: after it no callback comes. An error says
// why that is not possible; then nothing has changed.
func (m *Manager) Freeze() error {
	m.crossing.Lock()
	m.phase.Store(phaseFrozen)
	m.starter.settle()
	var freezing sync.WaitGroup
	var mu sync.Mutex // guards failed
	var failed error
	for _, p := range m.alive() {
		freezing.Go(func() {
			if err := p.freeze(); err != nil {
				mu.Lock()
				failed = errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	freezing.Wait()
	if failed != nil {
		m.Thaw()
	}
	return failed
}

// Thaw undoes Freeze and Hold.
func (m *Manager) Thaw() {
	wasFrozen := m.phase.Swap(phaseOpen) == phaseFrozen
	if wasFrozen {
		for _, p := range m.alive() {
			p.thaw()
		}
		m.crossing.Unlock()
	}
	for _, in := range m.all() {
		in.pump()
	}
}

// OnThread runs f on the thread that starts the workers, and returns after it.
// It is the one that may replace the program: the kernel kills the workers when
// the thread that started them ends, and exec ends all but its own.
func (m *Manager) OnThread(f func()) { m.starter.call(f) }

// freeze ends the goroutines of a process and leaves it as it is. One that has
// ended is buried first.
func (p *process) freeze() error {
	p.mu.Lock()
	reaped, watched := p.reaped, p.exit.Interrupt()
	if !reaped && watched {
		close(p.halted)
	}
	p.mu.Unlock()
	switch {
	case reaped:
		select {
		case <-p.over:
			return nil
		case <-time.After(freezeTime):
			return errors.New("a worker that has ended still has its pipes open")
		}
	case !watched:
		return errors.New("this kernel cannot watch processes (Linux 5.3)")
	}
	p.stdout.SetReadDeadline(time.Unix(1, 0))
	p.stderr.SetReadDeadline(time.Unix(1, 0))
	p.loops.Wait()
	p.unsent = p.outbox.Halt(p.stdin)
	return nil
}

// thaw undoes freeze, unless the process has ended before that.
func (p *process) thaw() {
	if !p.frozen() {
		return
	}
	p.mu.Lock()
	p.halted = make(chan struct{})
	p.mu.Unlock()
	p.exit.Continue()
	p.stdout.SetReadDeadline(time.Time{})
	p.stderr.SetReadDeadline(time.Time{})
	p.outbox.Resume(p.stdin)
	p.run()
	if cause, how := p.outcome(); cause != "" {
		p.end(fullLadder, cause, how) // its way down ended with freeze
	}
}

// halt returns what freeze closes.
func (p *process) halt() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.halted
}

// frozen reports whether the process is left as it is.
func (p *process) frozen() bool {
	select {
	case <-p.halt():
		return true
	default:
		return false
	}
}
