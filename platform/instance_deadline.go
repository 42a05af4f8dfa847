package platform

import (
	"fmt"
	"time"
)

// cancelGrace is how long a worker may take to end a job that it was told to
// cancel, before it is ended itself.
const cancelGrace = 5 * time.Second

// wakeAt makes the alarm ring at t or earlier. The alarm is one timer for all
// deadlines of the instance: while jobs are done in time it is set about once in
// a deadline's length, not for each job. in.mu is held.
func (in *Instance) wakeAt(t time.Time) {
	if !in.alarmAt.IsZero() && !t.Before(in.alarmAt) {
		return
	}
	in.alarmAt = t
	if in.alarm == nil {
		in.alarm = time.AfterFunc(time.Until(t), in.ring)
	} else {
		in.alarm.Reset(time.Until(t))
	}
}

// ring does what is due, and sets the alarm again.
func (in *Instance) ring() {
	now := time.Now()
	var expired []*ticket
	var stuck *process
	in.mu.Lock()
	in.alarmAt = time.Time{}
	for t := in.first; t != nil; t = t.next {
		if now.Before(t.deadline) {
			in.wakeAt(t.deadline)
			continue
		}
		expired = append(expired, t)
	}
	p := in.current
	if p != nil {
		for _, at := range p.cancelled {
			if now.Before(at) {
				in.wakeAt(at)
			} else {
				stuck = p
			}
		}
	}
	in.mu.Unlock()
	for _, t := range expired {
		in.expire(t, now)
	}
	if stuck != nil && in.retire(stuck) {
		stuck.end(quickLadder, "did not end a job that was cancelled", endedByUs)
	}
	in.pump()
	in.settled()
}

// expire answers a job that passed its deadline. A worker that has it is told;
// its slot stays taken until the worker has let go of it.
func (in *Instance) expire(t *ticket, now time.Time) {
	in.mu.Lock()
	p, framed := t.worker, t.state == ticketFramed
	if framed && p != nil {
		t.worker = nil
		if p.cancelled == nil {
			p.cancelled = make(map[uint64]time.Time)
		}
		p.cancelled[t.job.ID] = now.Add(in.m.cancelGrace)
		in.wakeAt(p.cancelled[t.job.ID])
	}
	in.mu.Unlock()
	in.m.opts.Store.Remove(t.job.ID)
	text := "not started in time"
	if framed {
		text = "no result in time"
		p.tell(func(dst []byte) []byte { return appendCancel(dst, t.job.ID, "deadline") })
	}
	in.m.counters.settle(in.definition.Name, CodeDeadline)
	in.done(t, nil, &JobError{Text: fmt.Sprintf("timed out: %s", text), Code: CodeDeadline})
}
