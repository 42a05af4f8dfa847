package platform

import (
	"slices"
	"time"
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
		in.settle(job.Value.(*ticket), p)
	}
	switch {
	case lost:
		// Not those that came since: who was told of the end already, and connects
		// again, is to have the next worker.
		in.failThose(func(t *ticket) bool { return t.unseen() && t.hope == p },
			&JobError{Text: "not sent: worker " + cause, Code: CodeNotSent})
	case starts.hopeless():
		in.failThose((*ticket).unseen, &JobError{Text: "worker could not be started: it " + cause, Code: CodeStartFailed})
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
func (in *Instance) settle(t *ticket, p *process) {
	cause, how := p.outcome()
	in.mu.Lock()
	if t.state == ticketDone {
		in.mu.Unlock()
		return
	}
	if t.state != ticketFramed {
		if t.state == ticketClaimed {
			in.putBack(t)
		}
		in.mu.Unlock()
		in.unseen(t, p)
		return
	}
	t.deaths++
	deaths := t.deaths
	again := t.verb.Idempotent && deaths < deathsPerJob && in.m.state.Load() != closing
	if again {
		in.putBack(t)
	}
	in.mu.Unlock()
	switch {
	case again:
		in.m.counters.settle(in.definition.Name, settledAgain)
		in.requeue(t)
	case t.verb.Idempotent && deaths >= deathsPerJob:
		in.done(t, nil, &JobError{Text: "given up after two workers ended while they had it: worker " + cause, Code: CodeWorkerEnded})
	case how == endedForShutdown:
		in.done(t, nil, &JobError{Text: "outcome unknown: " + textShuttingDown, Code: CodeOutcomeUnknown})
	default:
		in.done(t, nil, &JobError{Text: "outcome unknown: worker " + cause, Code: CodeOutcomeUnknown})
	}
}

// unseen decides about a job that the store gave back before its worker had
// seen it.
func (in *Instance) unseen(t *ticket, p *process) {
	cause, how := p.outcome()
	switch {
	case in.m.state.Load() == closing:
		in.done(t, nil, &JobError{Text: textShuttingDown, Code: CodeShuttingDown})
	case in.definition.Persist && how != endedQuietly:
		in.done(t, nil, &JobError{Text: "not sent: worker " + cause, Code: CodeNotSent})
	default:
		in.requeue(t)
	}
}

// requeue puts a job that waits again back into the line.
func (in *Instance) requeue(t *ticket) {
	confirmed := func(err error) { in.queued(t, err) }
	if err := in.m.opts.Store.Requeue(&t.job, confirmed); err != nil {
		in.done(t, nil, storeRefusal(err))
	}
}

// unseen tells whether a ticket is in the line and no worker has had it.
func (t *ticket) unseen() bool { return t.state == ticketWaiting && t.deaths == 0 }

// failThose answers the jobs that pick, called with in.mu held, picks.
func (in *Instance) failThose(pick func(*ticket) bool, err *JobError) {
	var list []*ticket
	in.mu.Lock()
	for t := in.first; t != nil; t = t.next {
		if pick(t) {
			list = append(list, t)
		}
	}
	in.mu.Unlock()
	for _, t := range list {
		in.remove(t)
		in.done(t, nil, err)
	}
}
