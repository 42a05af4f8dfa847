package queue

import "fmt"

// ledger is the jobs of a node as memory knows them, for both backends. Whoever
// owns it guards it with a lock.
//
//	jobs   7 ─► entry       lines  "irc…" ─► line ─ waiting: 9 ⇄ 12 ⇄ 13
//	       9 ─► entry                             └ claimed: 7
type ledger struct {
	max   int    // waiting in one line
	last  uint64 // id that was given last
	jobs  map[uint64]*entry
	lines map[string]*line
	spare []*entry // for the next jobs: at most maxSpare
	idle  *line    // the line that ended last, for the next one
	stats Stats
}

// maxSpare bounds the entries kept for reuse; a node seldom has more in flight.
const maxSpare = 1024

// line is the jobs of one instance. It exists as long as it has any.
type line struct {
	instance string
	waiting  list // the front is claimed next
	claimed  list // in the order of their claims
}

// entry is one job in the ledger.
type entry struct {
	job        *Job
	line       *line
	prev, next *entry
	generation uint64 // of the worker that claimed it; 0 while it waits

	// version rises with each operation on the job, and goes on rising when the
	// entry is used for another one: an answer of the store that was meant for
	// an earlier operation is known by it.
	version uint64
	pending operation
	confirm func(error) // the callback of the pending operation
	since   int64       // when the pending operation began, on the store's clock

	sealed []byte // how it stands in the waiting list on Redis
}

// operation is what the store has not confirmed yet.
type operation uint8

const (
	none operation = iota
	pushing
	claiming
	requeuing
)

func newLedger(max int) ledger {
	return ledger{max: max, jobs: make(map[uint64]*entry), lines: make(map[string]*line)}
}

// push adds a job with the next id, at the end of the line or claimed.
func (l *ledger) push(job *Job, generation uint64) (*entry, error) {
	if generation == 0 {
		if at := l.lines[job.Instance]; at != nil && at.waiting.n >= l.max {
			l.stats.Refused++
			return nil, ErrFull
		}
	}
	l.last++
	job.ID = l.last
	e := l.enter(job)
	if generation == 0 {
		e.line.waiting.pushBack(e)
	} else {
		e.generation = generation
		e.line.claimed.pushBack(e)
	}
	return e, nil
}

// requeue puts a job that was taken out at the front of its line again.
func (l *ledger) requeue(job *Job) (*entry, error) {
	if l.jobs[job.ID] != nil || job.ID == 0 || job.ID > l.last {
		return nil, fmt.Errorf("requeue job %d: it was not settled", job.ID)
	}
	e := l.enter(job)
	e.line.waiting.pushFront(e)
	l.stats.Requeued++
	return e, nil
}

func (l *ledger) enter(job *Job) *entry {
	var e *entry
	if n := len(l.spare); n > 0 {
		e, l.spare = l.spare[n-1], l.spare[:n-1]
	} else {
		e = new(entry)
	}
	e.job = job
	e.version++
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

// claim moves the oldest confirmed job of a line to a worker.
func (l *ledger) claim(instance string, generation uint64) *entry {
	at := l.lines[instance]
	if at == nil {
		return nil
	}
	e := at.waiting.front
	// A requeued job that is not confirmed yet may stand before confirmed ones.
	// Behind a push that is not confirmed nothing is: confirmations come in order.
	for e != nil && e.pending == requeuing {
		e = e.next
	}
	if e == nil || e.pending != none {
		return nil
	}
	at.waiting.remove(e)
	e.generation = generation
	at.claimed.pushBack(e)
	e.version++
	return e
}

// unclaim puts a claimed job back at the front of its line.
func (l *ledger) unclaim(e *entry) {
	e.line.claimed.remove(e)
	e.generation = 0
	e.line.waiting.pushFront(e)
	e.version++
}

// remove takes an entry out. The entry may be used for another job as soon as
// the lock is given up; what the caller needs of it has to be read before.
func (l *ledger) remove(e *entry) *Job {
	job, at := e.job, e.line
	if e.generation == 0 {
		at.waiting.remove(e)
	} else {
		at.claimed.remove(e)
	}
	if at.waiting.n == 0 && at.claimed.n == 0 {
		delete(l.lines, at.instance)
		at.instance = ""
		l.idle = at
	}
	delete(l.jobs, job.ID)
	*e = entry{version: e.version + 1}
	if len(l.spare) < maxSpare {
		l.spare = append(l.spare, e)
	}
	return job
}

// held finds a job that a worker generation claimed, and counts a late result.
func (l *ledger) held(id, generation uint64) *entry {
	e := l.jobs[id]
	if e == nil || e.generation != generation || generation == 0 {
		l.stats.Late++
		return nil
	}
	return e
}

// holds lists what a worker generation of an instance claimed, oldest first.
func (l *ledger) holds(instance string, generation uint64) []*entry {
	at := l.lines[instance]
	if at == nil {
		return nil
	}
	var all []*entry
	for e := at.claimed.front; e != nil; e = e.next {
		if e.generation == generation {
			all = append(all, e)
		}
	}
	return all
}

func (l *ledger) waiting(instance string) int {
	if at := l.lines[instance]; at != nil {
		return at.waiting.n
	}
	return 0
}

// snapshot is the stats with their gauges.
func (l *ledger) snapshot() Stats {
	s := l.stats
	for _, at := range l.lines {
		s.Waiting += at.waiting.n
		s.Claimed += at.claimed.n
	}
	return s
}

// list is a doubly linked list through the entries.
type list struct {
	front, back *entry
	n           int
}

func (l *list) pushBack(e *entry) {
	e.prev, e.next = l.back, nil
	if l.back != nil {
		l.back.next = e
	} else {
		l.front = e
	}
	l.back = e
	l.n++
}

func (l *list) pushFront(e *entry) {
	e.prev, e.next = nil, l.front
	if l.front != nil {
		l.front.prev = e
	} else {
		l.back = e
	}
	l.front = e
	l.n++
}

func (l *list) remove(e *entry) {
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
