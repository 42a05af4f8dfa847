package queue

import (
	"fmt"
	"iter"
)

// Ledger is the jobs of a node as memory knows them: all that the store in
// memory has, and the truth of a store that also writes them down. It is for
// those who make a backend; whoever owns it guards it with a lock.
//
//	jobs   7 ─► Entry       lines  "irc…" ─► line ─ waiting: 9 ⇄ 12 ⇄ 13, or several such lists that take turns
//	       9 ─► Entry                             └ claimed: 7
type Ledger struct {
	Stats Stats // its counters; Snapshot has the gauges too

	max   int    // waiting in one line
	last  uint64 // id that was given last
	jobs  map[uint64]*Entry
	lines map[string]*line
	spare []*Entry   // for the next jobs: at most maxSpare
	idle  *line      // the line that ended last, for the next one
	cut   []*waiting // branches for the next turns: at most maxSpare
}

// maxSpare bounds the entries kept for reuse; a node seldom has more in flight.
const maxSpare = 1024

// line is the jobs of one instance. It exists as long as it has any.
type line struct {
	instance string
	waiting  waiting // by turns
	claimed  list    // in the order of their claims
}

// Entry is one job in the ledger.
type Entry struct {
	Job        *Job
	Generation uint64 // of the worker that claimed it; 0 while it waits

	// Version rises with each operation on the job, and goes on rising when the
	// entry is used for another one: an answer of the store that was meant for
	// an earlier operation is known by it.
	Version uint64

	// For a backend that confirms later. In memory they stay zero.
	Pending Operation   // what has not been confirmed yet
	Confirm func(error) // the callback of the pending operation
	Since   int64       // when the pending operation began, on the backend's clock
	Sealed  []byte      // the job as the backend has written it into its line

	line       *line
	leaf       *waiting // where it waits; nil once it is claimed
	prev, next *Entry
}

// Operation is what a backend has not confirmed yet. A claim passes over a
// requeued job until that is confirmed.
type Operation uint8

// The operations that are confirmed.
const (
	Nothing Operation = iota
	Pushing
	Claiming
	Requeuing
)

// shareOf is the part of a line that one address may have: whoever comes after
// three that take all they can get still finds a place.
const shareOf = 4

// NewLedger makes a ledger whose lines hold at most max waiting jobs, a quarter
// of them for one address.
func NewLedger(max int) Ledger {
	return Ledger{max: max, jobs: make(map[uint64]*Entry), lines: make(map[string]*line)}
}

// Push adds a job with the next id, at the end of the line or claimed.
func (l *Ledger) Push(job *Job, generation uint64) (*Entry, error) {
	if generation == 0 {
		if err := l.refuses(job); err != nil {
			l.Stats.Refused++
			return nil, err
		}
	}
	l.last++
	job.ID = l.last
	e := l.enter(job)
	if generation == 0 {
		l.wait(e).jobs.pushBack(e)
	} else {
		e.Generation = generation
		e.line.claimed.pushBack(e)
	}
	return e, nil
}

// Restore adds a job under the id that it had in the program before this one, at
// the end of the line or claimed.
func (l *Ledger) Restore(job *Job, generation uint64) (*Entry, error) {
	if job.ID == 0 || l.jobs[job.ID] != nil {
		return nil, fmt.Errorf("restore job %d: there is one already", job.ID)
	}
	l.last = max(l.last, job.ID)
	e := l.enter(job)
	if generation == 0 {
		l.wait(e).jobs.pushBack(e)
	} else {
		e.Generation = generation
		e.line.claimed.pushBack(e)
	}
	return e, nil
}

// Last is the id that was given last, and Continue goes on after one.
func (l *Ledger) Last() uint64 { return l.last }

// Continue gives ids after last from now on.
func (l *Ledger) Continue(last uint64) { l.last = max(l.last, last) }

// refuses returns why no more jobs like this one may wait.
func (l *Ledger) refuses(job *Job) error {
	at := l.lines[job.Instance]
	switch {
	case at == nil:
	case at.waiting.n >= l.max:
		return ErrFull
	case job.Turn.Address != "":
		if b := at.waiting.branch(job.Turn.Address); b != nil && b.n >= max(1, l.max/shareOf) {
			return ErrShare
		}
	}
	return nil
}

// wait finds the list that an entry is to wait in, and counts it there.
func (l *Ledger) wait(e *Entry) *waiting {
	e.leaf = e.line.waiting.leaf(e.Job.Turn, l.branch)
	e.leaf.count(1)
	return e.leaf
}

// unwait takes an entry out of its list.
func (l *Ledger) unwait(e *Entry) {
	leaf := e.leaf
	e.leaf = nil
	leaf.jobs.remove(e)
	leaf.count(-1)
	leaf.prune(func(w *waiting) {
		if len(l.cut) < maxSpare {
			l.cut = append(l.cut, w)
		}
	})
}

// branch returns one that is empty.
func (l *Ledger) branch() *waiting {
	if n := len(l.cut); n > 0 {
		w := l.cut[n-1]
		l.cut = l.cut[:n-1]
		return w
	}
	return new(waiting)
}

// Requeue puts a job that was taken out at the front of its line again.
func (l *Ledger) Requeue(job *Job) (*Entry, error) {
	if l.jobs[job.ID] != nil || job.ID == 0 || job.ID > l.last {
		return nil, fmt.Errorf("requeue job %d: it was not settled", job.ID)
	}
	e := l.enter(job)
	l.wait(e).jobs.pushFront(e)
	l.Stats.Requeued++
	return e, nil
}

func (l *Ledger) enter(job *Job) *Entry {
	var e *Entry
	if n := len(l.spare); n > 0 {
		e, l.spare = l.spare[n-1], l.spare[:n-1]
	} else {
		e = new(Entry)
	}
	e.Job = job
	e.Version++
	at := l.lines[job.Instance]
	if at == nil {
		if at = l.idle; at != nil {
			l.idle = nil
		} else {
			at = new(line)
		}
		at.instance = job.Instance
		l.lines[job.Instance] = at
	}
	e.line = at
	l.jobs[job.ID] = e
	return e
}

// Claim moves the confirmed job of a line whose turn it is to a worker, but none
// of a turn that full, if it is not nil, reports as having its share.
func (l *Ledger) Claim(instance string, generation uint64, full func(Turn) bool) *Entry {
	at := l.lines[instance]
	if at == nil {
		return nil
	}
	e := at.waiting.next(full)
	if e == nil {
		return nil
	}
	e.leaf.served()
	l.unwait(e)
	e.Generation = generation
	at.claimed.pushBack(e)
	e.Version++
	return e
}

// Longest is the entry that Queue.Displace takes out.
func (l *Ledger) Longest(instance string, turn Turn) *Entry {
	at := l.lines[instance]
	if at == nil || turn == (Turn{}) || len(at.waiting.branches) == 0 {
		return nil
	}
	own := at.waiting.branch(turn.Address)
	address := own
	if own == nil || at.waiting.n >= l.max {
		address = at.waiting.longest()
	}
	session := address.longest()
	has := 0
	if own != nil {
		if s := own.branch(turn.Session); s != nil {
			has = s.n
		}
	}
	if session.n <= has+1 {
		return nil
	}
	return session.longest().jobs.back
}

// Unclaim puts a claimed job back at the front of its line.
func (l *Ledger) Unclaim(e *Entry) {
	e.line.claimed.remove(e)
	e.Generation = 0
	l.wait(e).jobs.pushFront(e)
	e.Version++
}

// Remove takes an entry out. The entry may be used for another job as soon as
// the lock is given up; what the caller needs of it has to be read before.
func (l *Ledger) Remove(e *Entry) *Job {
	job, at := e.Job, e.line
	if e.Generation == 0 {
		l.unwait(e)
	} else {
		at.claimed.remove(e)
	}
	if at.waiting.n == 0 && at.claimed.n == 0 {
		delete(l.lines, at.instance)
		at.instance = ""
		l.idle = at
	}
	delete(l.jobs, job.ID)
	*e = Entry{Version: e.Version + 1}
	if len(l.spare) < maxSpare {
		l.spare = append(l.spare, e)
	}
	return job
}

// Claimed finds a job that a worker generation holds. nil: it does not hold it,
// or not any more, and the late result is counted.
func (l *Ledger) Claimed(id, generation uint64) *Entry {
	e := l.jobs[id]
	if e == nil || e.Generation != generation || generation == 0 {
		l.Stats.Late++
		return nil
	}
	return e
}

// ClaimedBy lists what a worker generation of an instance holds, oldest first.
func (l *Ledger) ClaimedBy(instance string, generation uint64) []*Entry {
	at := l.lines[instance]
	if at == nil {
		return nil
	}
	var all []*Entry
	for e := at.claimed.front; e != nil; e = e.next {
		if e.Generation == generation {
			all = append(all, e)
		}
	}
	return all
}

// Entry returns the entry of a job, or nil.
func (l *Ledger) Entry(id uint64) *Entry { return l.jobs[id] }

// Entries are all jobs, line by line: the claimed ones in the order of their
// claims, then those that wait. The job at hand may be removed meanwhile.
func (l *Ledger) Entries() iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		for _, at := range l.lines {
			var all []*Entry
			for e := at.claimed.front; e != nil; e = e.next {
				all = append(all, e)
			}
			at.waiting.each(func(e *Entry) bool {
				all = append(all, e)
				return true
			})
			for _, e := range all {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// Lines are the instances whose lines have waiting jobs, in no order.
func (l *Ledger) Lines() iter.Seq[string] {
	return func(yield func(string) bool) {
		for instance, at := range l.lines {
			if at.waiting.n > 0 && !yield(instance) {
				return
			}
		}
	}
}

// Line is the waiting jobs of an instance, those of one turn in order.
func (l *Ledger) Line(instance string) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		if at := l.lines[instance]; at != nil {
			at.waiting.each(yield)
		}
	}
}

// Waiting is the number of waiting jobs of an instance.
func (l *Ledger) Waiting(instance string) int {
	if at := l.lines[instance]; at != nil {
		return at.waiting.n
	}
	return 0
}

// Snapshot is the stats with their gauges.
func (l *Ledger) Snapshot() Stats {
	s := l.Stats
	s.MaxQueued = l.max
	for _, at := range l.lines {
		s.Waiting += at.waiting.n
		s.Claimed += at.claimed.n
	}
	return s
}

// list is a doubly linked list through the entries.
type list struct {
	front, back *Entry
	n           int
}

func (l *list) pushBack(e *Entry) {
	e.prev, e.next = l.back, nil
	if l.back != nil {
		l.back.next = e
	} else {
		l.front = e
	}
	l.back = e
	l.n++
}

func (l *list) pushFront(e *Entry) {
	e.prev, e.next = nil, l.front
	if l.front != nil {
		l.front.prev = e
	} else {
		l.back = e
	}
	l.front = e
	l.n++
}

func (l *list) remove(e *Entry) {
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		l.front = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	} else {
		l.back = e.prev
	}
	e.prev, e.next = nil, nil
	l.n--
}
