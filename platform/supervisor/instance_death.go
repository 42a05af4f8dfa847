package supervisor

import (
	"slices"
	"time"

	"github.com/sockethub/sockethub/platform"
)

// deathsPerJob is how many workers may die with a job before it is taken for
// the reason.
const deathsPerJob = 2

// ended is told that all is over with a worker: its process is gone and its
// output is read to the end. Each job that it still had is done once more or
// answered:
//
//	                       persistent               stateless
//	the worker had it      outcome unknown, or once more if the verb is idempotent
//	it was about to        not sent                 next worker
//	it waits               not sent                 next worker
func (in *Instance) ended(p *process) {
	cause, how := p.outcome()
	in.mu.Lock()
	if in.current == p {
		in.retireNow(cause, how)
	}
	p.cancelled = nil
	failed := !p.ready && how <= endedByUs
	if failed {
		in.backoff.failed(time.Now(), cause)
	}
	starts := in.backoff
	lost := in.definition.Persist && p.ready && how != endedQuietly
	in.mu.Unlock()
	if failed {
		in.warn(starts)
	}

	// Whoever claims for this worker from now on finds that it is not the
	// instance's any more, and gives the job back. All others are in here.
	settled := in.m.opts.Store.Settle(in.line, p.generation)

	// Requeue puts each at the front, so the newest goes first.
	for _, job := range slices.Backward(settled) {
		if w := in.workOf(job); w != nil {
			in.settle(w, p)
		}
	}
	switch {
	case lost:
		// Not those that came since: who was told of the end already, and connects
		// again, is to have the next worker.
		in.failThose(func(w *work) bool { return w.unseen() && w.hope == p },
			&platform.JobError{Text: "not sent: worker " + cause, Code: platform.CodeNotSent})
	case starts.hopeless():
		in.failThose((*work).unseen, &platform.JobError{Text: "worker could not be started: it " + cause, Code: platform.CodeStartFailed})
	}
	if lost && how != endedForShutdown {
		in.m.opts.Sink.Ended(in, cause)
	}
	in.mu.Lock()
	in.leaving--
	in.mu.Unlock()
	in.pump()
}

// settle decides about a job that the store gave back as its worker ended, or
// was told to.
func (in *Instance) settle(w *work, p *process) {
	cause, how := p.outcome()
	in.mu.Lock()
	if w.state == workDone {
		in.mu.Unlock()
		return
	}
	if w.state != workFramed {
		if w.state == workClaimed {
			in.putBack(w)
		}
		in.mu.Unlock()
		in.unseen(w, p)
		return
	}
	w.deaths++
	deaths := w.deaths
	again := w.verb.Idempotent && deaths < deathsPerJob && in.m.state.Load() != closing
	if again {
		in.putBack(w)
	}
	in.mu.Unlock()
	switch {
	case again:
		in.m.counters.settle(in.definition.Name, settledAgain)
		in.requeue(w)
	case w.verb.Idempotent && deaths >= deathsPerJob:
		in.done(w, nil, &platform.JobError{Text: "given up after two workers ended while they had it: worker " + cause, Code: platform.CodeWorkerEnded})
	case how == endedForShutdown:
		in.done(w, nil, &platform.JobError{Text: "outcome unknown: " + textShuttingDown, Code: platform.CodeOutcomeUnknown})
	default:
		in.done(w, nil, &platform.JobError{Text: "outcome unknown: worker " + cause, Code: platform.CodeOutcomeUnknown})
	}
}

// unseen decides about a job that the store gave back before its worker had
// seen it.
func (in *Instance) unseen(w *work, p *process) {
	cause, how := p.outcome()
	switch {
	case in.m.state.Load() == closing:
		in.done(w, nil, ErrShuttingDown)
	case in.definition.Persist && how != endedQuietly:
		in.done(w, nil, &platform.JobError{Text: "not sent: worker " + cause, Code: platform.CodeNotSent})
	default:
		in.requeue(w)
	}
}

// requeue puts a job that waits again back into the line.
func (in *Instance) requeue(w *work) {
	confirmed := func(err error) { in.queued(w, err) }
	if err := in.m.opts.Store.Requeue(&w.job, confirmed); err != nil {
		in.done(w, nil, notStored(err))
	}
}

// unseen reports whether a job is in the line and no worker has had it.
func (w *work) unseen() bool { return w.state == workWaiting && w.deaths == 0 }

// failThose answers the jobs that pick, called with in.mu held, picks.
func (in *Instance) failThose(pick func(*work) bool, err *platform.JobError) {
	var list []*work
	in.mu.Lock()
	for w := in.first; w != nil; w = w.next {
		if pick(w) {
			list = append(list, w)
		}
	}
	in.mu.Unlock()
	for _, w := range list {
		in.remove(w)
		in.done(w, nil, err)
	}
}
