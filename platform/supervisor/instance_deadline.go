package supervisor

import (
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/frame"
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
	in.m.crossing.RLock()
	defer in.m.crossing.RUnlock()
	now := time.Now()
	var expired []*work
	var stuck *process
	in.mu.Lock()
	in.alarmAt = time.Time{}
	for w := in.first; w != nil; w = w.next {
		if now.Before(w.message.Deadline) {
			in.wakeAt(w.message.Deadline)
			continue
		}
		expired = append(expired, w)
	}
	p := in.current
	if p != nil {
		for _, c := range p.cancelled {
			if now.Before(c.until) {
				in.wakeAt(c.until)
			} else {
				stuck = p
			}
		}
	}
	in.mu.Unlock()
	for _, w := range expired {
		in.expire(w, now)
	}
	if stuck != nil {
		in.retire(stuck, quickLadder, "did not end a job that was cancelled", endedByUs)
	}
	in.pump()
}

// cancelled is a job that a worker was told to end.
type cancelled struct {
	until time.Time // when it must have let go of it
	work  *work
}

// expire answers a job that passed its deadline. A worker that has it is told;
// its slot stays taken until the worker has let go of it.
func (in *Instance) expire(w *work, now time.Time) {
	in.mu.Lock()
	if w.state == workDone {
		in.mu.Unlock()
		return
	}
	p, framed := w.worker, w.state == workFramed
	if framed {
		w.worker = nil // strike is to leave the slot taken
		if p.cancelled == nil {
			p.cancelled = make(map[uint64]cancelled)
		}
		until := now.Add(in.m.cancelGrace)
		p.cancelled[w.job.ID] = cancelled{until, w}
		in.wakeAt(until)
	}
	in.strike(w)
	in.mu.Unlock()
	in.remove(w)
	if framed {
		p.tell(func(dst []byte) []byte { return frame.AppendCancel(dst, w.job.ID, "deadline") })
	}
	in.answer(w, nil, pastDeadline(framed))
}

func pastDeadline(framed bool) *platform.JobError {
	if framed {
		return &platform.JobError{Text: "timed out: no result in time", Code: platform.CodeDeadline}
	}
	return &platform.JobError{Text: "timed out: not started in time", Code: platform.CodeDeadline}
}
