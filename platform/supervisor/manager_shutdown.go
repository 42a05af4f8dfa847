package supervisor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sockethub/sockethub/platform"
)

// drainReserve is what Shutdown keeps of its time for the ends of the workers.
var drainReserve = quickLadder.total() + 400*time.Millisecond

const (
	// killReserve is what it keeps for the ends of those that are killed.
	killReserve = 250 * time.Millisecond

	// killLimit is how long it waits for these all the same, on a machine that
	// is too busy to bury its dead.
	killLimit = 2 * time.Second
)

// Shutdown refuses new jobs, lets those that were accepted be done as long as
// ctx leaves time, answers the others, and ends all workers at once. When it
// returns every job has its result, and no process is left but for those that
// the error names: the kernel did not end them within ctx. The Store must still
// be open. It may be called again.
func (m *Manager) Shutdown(ctx context.Context) error {
	m.state.CompareAndSwap(serving, draining)
	for _, in := range m.all() {
		// Who submits looks at the state under the instance's lock. As that is
		// taken here, open counts all that will ever be accepted.
		in.pump()
	}
	m.drain(ctx)
	m.state.Store(closing)

	m.starter.settle()
	for _, in := range m.all() {
		in.refuseWaiting()
	}
	for _, p := range m.alive() {
		p.end(quickLadder, textShuttingDown, endedForShutdown)
	}
	err := m.awaitProcesses(ctx)

	m.stop()
	m.loops.Wait()
	if err == nil {
		m.starter.close()
	}
	for _, in := range m.all() {
		in.close()
	}
	return err
}

// drain waits until no job is open, or time is short.
func (m *Manager) drain(ctx context.Context) {
	var timeout <-chan time.Time
	if deadline, ok := ctx.Deadline(); ok {
		timer := time.NewTimer(time.Until(deadline) - drainReserve)
		defer timer.Stop()
		timeout = timer.C
	}
	for m.open.Load() > 0 {
		select {
		case <-m.drained:
		case <-timeout:
			return
		case <-ctx.Done():
			return
		}
	}
}

// answered counts a job that has its result, or was never accepted.
func (m *Manager) answered() {
	if m.open.Add(-1) == 0 && m.state.Load() != serving {
		select {
		case m.drained <- struct{}{}:
		default:
		}
	}
}

// awaitProcesses waits until all is over with the workers. Shortly before ctx
// ends the last are killed.
func (m *Manager) awaitProcesses(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok {
		early, cancel := context.WithDeadline(ctx, deadline.Add(-killReserve))
		defer cancel()
		ctx = early
	}
	if m.over(ctx) {
		return nil
	}
	for _, p := range m.alive() {
		p.kill(textShuttingDown, endedForShutdown)
	}
	last, cancel := context.WithTimeout(context.Background(), killLimit)
	defer cancel()
	if m.over(last) {
		return nil
	}
	var left []string
	for _, p := range m.alive() {
		left = append(left, fmt.Sprintf("%s %d (%s)", p.in.definition.Name, p.pid, time.Since(p.started).Round(time.Second)))
	}
	return fmt.Errorf("these workers did not end: %s", strings.Join(left, ", "))
}

// over waits until no worker is left; false if ctx ends first.
func (m *Manager) over(ctx context.Context) bool {
	for _, p := range m.alive() {
		select {
		case <-p.over:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// refuseWaiting answers what no worker has.
func (in *Instance) refuseWaiting() {
	in.failThose(func(w *work) bool { return w.state != workFramed },
		ErrShuttingDown)
}

// close answers whatever is left after the workers are gone, and stops the
// alarm.
func (in *Instance) close() {
	in.failThose(func(*work) bool { return true },
		&platform.JobError{Text: "outcome unknown: " + textShuttingDown, Code: platform.CodeOutcomeUnknown})
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.alarm != nil {
		in.alarm.Stop()
	}
}
