package supervisor

import (
	"os"
	"strconv"
	"time"

	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/platform/internal/sandbox"
)

// ladder is how long a worker has on each step of its way out: after the frame
// "stop", after the end of its input, after SIGTERM. Then it is killed.
type ladder struct{ stop, eof, term time.Duration }

var (
	// fullLadder leaves time for a protocol's farewell.
	fullLadder = ladder{5 * time.Second, time.Second, time.Second}

	// quickLadder is for a worker that has nothing to lose, and for all when the
	// server stops.
	quickLadder = ladder{time.Second, 300 * time.Millisecond, 300 * time.Millisecond}
)

// total is how long the way takes at most, but for what the kernel needs.
func (l ladder) total() time.Duration { return l.stop + l.eof + l.term }

// end sends the worker down a ladder, and does not wait. The first cause stays.
func (p *process) end(l ladder, cause string, how doing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return
	}
	p.blame(cause, how)
	p.ladders.Go(func() { p.climb(l) })
}

// kill ends the worker at once.
func (p *process) kill(cause string, how doing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return
	}
	p.blame(cause, how)
	sandbox.SignalGroup(p.handle, sandbox.KillSignal)
}

// note keeps why the worker is about to end, unless that is known.
func (p *process) note(cause string, how doing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blame(cause, how)
}

// blame is note with p.mu held.
func (p *process) blame(cause string, how doing) {
	if p.cause == "" {
		p.cause, p.how = cause, how
	}
}

func (p *process) climb(l ladder) {
	reason := "unused"
	switch _, how := p.outcome(); how {
	case endedForShutdown, endedForUpgrade:
		reason = "shutdown"
	case endedByUs:
		reason = "stuck"
	}
	p.tell(func(dst []byte) []byte { return frame.AppendStop(dst, reason, l.stop.Milliseconds()) })
	for _, step := range []struct {
		name string
		do   func()
		wait time.Duration
	}{
		{"the frame stop", func() {}, l.stop},
		{"the end of its input", func() { p.outbox.Close(p.stdin) }, l.eof},
		{"SIGTERM", func() { p.signal(sandbox.TermSignal) }, l.term},
	} {
		step.do()
		if p.gone(step.wait) {
			return
		}
		if p.frozen() {
			return
		}
		p.log.Warn("worker did not heed "+step.name, "waited", step.wait)
	}
	p.signal(sandbox.KillSignal)
}

// exitWords says how a process ended: "exited with status 1", "killed by
// SIGKILL".
func exitWords(state *os.ProcessState, err error) string {
	switch {
	case err != nil:
		return "ended in an unknown way: " + err.Error()
	case sandbox.KilledBy(state) != "":
		return "killed by " + sandbox.KilledBy(state)
	}
	return "exited with status " + strconv.Itoa(state.ExitCode())
}
