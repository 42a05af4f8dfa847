package supervisor

import (
	"errors"
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/queue"
)

// claimRetry is how long the pump waits after the store refused a claim.
const claimRetry = 100 * time.Millisecond

// pump claims what waits as long as the worker has slots, and sees to it that
// there is a worker, or that an instance which became idle takes no place; a
// stateless platform keeps its own, as it serves everybody. Only one goroutine
// claims at a time, so that the order of the line is that of the frames; a second
// one tells it to look again.
func (in *Instance) pump() {
	if in.m.phase.Load() != phaseOpen {
		return // Resume pumps
	}
	in.mu.Lock()
	if in.pumping {
		in.pumpAgain = true
		in.mu.Unlock()
		return
	}
	in.pumping = true
	var held *process // whose frames are gathered
	for {
		in.pumpAgain = false
		p := in.current
		again := false
		switch {
		case in.waiting == 0, in.m.phase.Load() != phaseOpen:
		case p == nil:
			again = in.prepare()
		case !p.ready || p.used >= p.slots:
		case time.Now().Before(in.retryAt):
			in.wakeAt(in.retryAt) // whatever rang the alarm may have been earlier
		default:
			if held == nil {
				held = p
				held.outbox.Hold()
			}
			p.used++
			in.mu.Unlock()
			again = in.claim(p)
			in.mu.Lock()
		}
		if !again && !in.pumpAgain {
			break
		}
	}
	in.pumping = false
	if in.definition.Persist && in.idle() {
		in.leavePlace()
	}
	in.mu.Unlock()
	if held != nil {
		held.outbox.Release()
	}
}

// prepare has a worker started for what waits. Jobs of which it is known that
// no new worker can do them are answered first; true after each. in.mu is held
// on entry and return, and given up meanwhile.
func (in *Instance) prepare() (again bool) {
	if in.definition.Persist {
		if in.leaving > 0 {
			return false // two connections for one actor would be in each other's way
		}
		w := in.first
		for w != nil && w.state != workWaiting {
			w = w.next
		}
		if w != nil {
			if refused, _ := in.check(w); refused != nil {
				in.mu.Unlock()
				in.remove(w)
				in.done(w, nil, refused)
				in.mu.Lock()
				return true
			}
		}
	}
	if in.starting || in.m.state.Load() == closing {
		return false
	}
	if at := in.backoff.next; time.Now().Before(at) {
		in.wakeAt(at)
		return false
	}
	in.starting = true
	in.m.starter.add(in)
	return false
}

// claim moves the waiting job whose turn it is into a slot that was taken for it.
// False: none waits that the store has recorded and that may have it.
func (in *Instance) claim(p *process) bool {
	c := &claim{in: in, worker: p}
	full := p.full
	if in.definition.Persist {
		full = nil
	}
	job := in.m.opts.Store.Claim(in.line, p.generation, full, c.confirmed)
	in.mu.Lock()
	if job == nil {
		p.used--
		in.mu.Unlock()
		return false
	}
	w := in.works[job]
	switch {
	case w == nil: // whoever ended it may have been earlier than the store
		p.used--
		in.mu.Unlock()
		in.m.opts.Store.Remove(job.ID)
		return true
	case w.state == workWaiting:
		in.waiting--
		w.state, w.worker = workClaimed, p
		p.shares.add(job.Turn, 1)
	default:
		p.used-- // a worker that died has just given it back
	}
	c.work = w
	told, err := c.told, c.err
	in.mu.Unlock()
	if told {
		in.claimed(w, p, err)
	}
	return true
}

// claim is a job between Queue.Claim and its confirmation, which may come
// first. Instance.mu guards it.
type claim struct {
	in     *Instance
	worker *process
	work   *work // nil before Claim has returned
	told   bool
	err    error
}

func (c *claim) confirmed(err error) {
	c.in.mu.Lock()
	c.told, c.err = true, err
	w := c.work
	c.in.mu.Unlock()
	if w != nil {
		c.in.claimed(w, c.worker, err)
	}
}

// claimed is told what became of a claim.
func (in *Instance) claimed(w *work, p *process, err error) {
	switch {
	case err == nil:
		in.recorded(w, p, nil)
	case errors.Is(err, queue.ErrGone): // whoever took it answers
	default:
		in.mu.Lock()
		if w.state == workClaimed && w.worker == p {
			in.putBack(w)
		}
		in.retryAt = time.Now().Add(claimRetry)
		in.wakeAt(in.retryAt)
		in.mu.Unlock()
	}
}

// putBack makes a claimed or framed job a waiting one. in.mu is held.
func (in *Instance) putBack(w *work) {
	in.release(w)
	w.state = workWaiting
	in.waiting++
}

// recorded is told that the store knows that a job is claimed: it may go to
// the worker, unless the check of credentials refuses it. Or it is told that
// the store has lost a new one.
func (in *Instance) recorded(w *work, p *process, err error) {
	w.pushed.Store(true)
	if err != nil {
		in.queued(w, err)
		return
	}
	in.mu.Lock()
	switch {
	case w.state == workDone:
		in.mu.Unlock()
		in.remove(w) // whoever ended it may have been earlier than the store
		in.pump()
		return
	case w.state != workClaimed || w.worker != p:
		in.mu.Unlock() // settled already
		return
	case in.m.phase.Load() == phaseFrozen:
		in.putBack(w)
		in.mu.Unlock()
		if in.remove(w) {
			in.requeue(w)
		}
		return
	case in.current != p:
		in.putBack(w)
		in.mu.Unlock()
		if in.remove(w) {
			in.unseen(w, p)
		}
		in.pump()
		return
	}
	refused, unauthorized := in.check(w)
	if refused == nil {
		w.state = workFramed
		first := w.deaths == 0
		in.mu.Unlock()
		if waited := in.m.opts.Waited; waited != nil && first {
			waited(time.Since(w.accepted))
		}
		in.frame(w, p)
		return
	}
	failedConnect := in.definition.Persist && w.verb.Credentials && !in.initialised
	in.mu.Unlock()
	in.m.opts.Store.Finish(w.job.ID, p.generation)
	if failedConnect {
		in.retireUnused(p)
	}
	if unauthorized { // before it knows, so that it hears nothing more afterwards
		in.m.opts.Sink.Unauthorized(in, w.message.Owner.ID)
	}
	in.done(w, nil, refused)
	in.pump()
}

// frame sends a job to its worker.
func (in *Instance) frame(w *work, p *process) {
	failure, sent := p.sendJob(w)
	switch {
	case sent:
	case failure == nil:
		// The worker is gone without having seen it. In a moment all that it had
		// is settled, and this with it.
		in.mu.Lock()
		if w.state == workFramed && w.worker == p {
			w.state = workClaimed
		}
		in.mu.Unlock()
	default:
		in.m.opts.Store.Finish(w.job.ID, p.generation)
		in.done(w, nil, failure)
		in.pump()
	}
}

// result takes what the worker says of a job. The caller pumps afterwards.
func (in *Instance) result(p *process, f *frame.Frame) (asked bool) {
	job, _ := in.m.opts.Store.Finish(f.ID, p.generation)
	in.mu.Lock()
	c, wasCancelled := p.cancelled[f.ID]
	if wasCancelled {
		delete(p.cancelled, f.ID)
		p.give(c.work.job.Turn)
	}
	w := in.works[job]
	if w == nil {
		// Nobody waits for it any more, or the worker never had such a job.
		if wasCancelled {
			in.learn(p, c.work, f)
		}
		in.mu.Unlock()
		in.m.counters.lateResults.Add(1)
		return wasCancelled
	}
	in.learn(p, w, f)
	failedConnect := f.HasError && in.definition.Persist && w.verb.Credentials && !in.initialised
	in.mu.Unlock()
	if failedConnect {
		in.retireUnused(p)
	}
	if !f.HasError {
		in.done(w, f.Activity, nil)
		return true
	}
	if cause, how := p.outcome(); cause != "" && how != endedQuietly {
		in.settle(w, p) // the error may come from nothing but that the worker was told to stop
		return true
	}
	failure := &platform.JobError{Text: f.Error}
	switch {
	case !time.Now().Before(w.message.Deadline): // the worker heeds the deadline too, and was quicker
		failure = pastDeadline(true)
	case f.Error == "":
		failure.Text = "job failed for unknown reason"
	}
	in.done(w, f.Activity, failure)
	return true
}

// learn takes from a result what it says of the connection: whether there is
// one, and with which credentials it was made. in.mu is held.
func (in *Instance) learn(p *process, w *work, f *frame.Frame) {
	if !in.definition.Persist || in.current != p {
		return
	}
	succeeded := w.verb.Credentials && !f.HasError
	switch {
	case f.Initialized != frame.Unsaid:
		in.initialised = f.Initialized == frame.Connected
	case succeeded:
		in.initialised = true
	}
	if succeeded && in.initialised {
		in.learnCredentials(w.actor, w.hash)
	}
}

// retireUnused ends the worker of a persistent instance that did not come to be
// connected, at once: the next attempt is not to wait for the janitor.
func (in *Instance) retireUnused(p *process) {
	in.retire(p, quickLadder, "could not connect", endedQuietly)
}

// retire ends the instance's worker: it gets no more jobs, and what it has it
// may finish on its way down the ladder. Nothing happens to another's worker.
func (in *Instance) retire(p *process, l ladder, cause string, how doing) {
	in.mu.Lock()
	retired := in.current == p
	if retired {
		in.retireNow(cause, how)
	}
	in.mu.Unlock()
	if retired {
		p.end(l, cause, how)
	}
}

// retireNow is the first half of retire; process.end must follow. in.mu is held.
func (in *Instance) retireNow(cause string, how doing) {
	in.current.note(cause, how)
	in.current = nil
	in.leaving++
	in.initialised, in.hash, in.formerly, in.linger = false, nil, nil, 0
}
