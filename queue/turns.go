package queue

// Turn is whose turn a job of a line waits for. Addresses take turns, so do the
// sessions of an address, and within a session the lanes, which are what its jobs
// need beside a slot: the host that they ask. Jobs with equal Turns are done in
// their order; a line whose jobs all have the zero Turn is first in, first out.
//
//	203.0.113.9     session a   7, 9, 12          claimed in this order:
//	                session b   11                7 (a), 8 (c), 11 (b), 10 (c), 9 (a), 12 (a)
//	2001:db8::/64   session c   8, 10
type Turn struct {
	Address string // of a subscriber: see remote.Subscriber
	Session string
	Lane    string
}

// waiting is the waiting jobs of a line: the root of a tree that has addresses,
// then sessions, then lanes, whose leaves are lists of jobs. Jobs with the zero
// Turn are in a list at the root. A branch exists as long as it has jobs; who is
// at the front of its siblings is asked first.
type waiting struct {
	turn     Turn // as far as the branch goes
	name     string
	parent   *waiting // nil: the root
	branches []*waiting
	jobs     list // of a leaf or the root
	n        int  // jobs below
}

// depth is how many levels there are below the root.
const depth = 3

// names are the branches that lead to a turn's leaf.
func (t Turn) names() [depth]string { return [depth]string{t.Address, t.Session, t.Lane} }

// through is the part of a turn that a branch at a level stands for.
func (t Turn) through(level int) Turn {
	if level < 2 {
		t.Lane = ""
	}
	if level < 1 {
		t.Session = ""
	}
	return t
}

// leaf finds or makes the list for a turn.
func (w *waiting) leaf(t Turn, spare func() *waiting) *waiting {
	if t == (Turn{}) {
		return w
	}
	for level, name := range t.names() {
		next := w.branch(name)
		if next == nil {
			next = spare()
			next.turn, next.name, next.parent = t.through(level), name, w
			w.branches = append(w.branches, next)
		}
		w = next
	}
	return w
}

func (w *waiting) branch(name string) *waiting {
	for _, b := range w.branches {
		if b.name == name {
			return b
		}
	}
	return nil
}

// longest is the branch with most jobs.
func (w *waiting) longest() *waiting {
	most := w.branches[0]
	for _, b := range w.branches {
		if b.n > most.n {
			most = b
		}
	}
	return most
}

// count notes n more jobs in a leaf.
func (w *waiting) count(n int) {
	for ; w != nil; w = w.parent {
		w.n += n
	}
}

// next finds the job whose turn it is: of those that are confirmed, and that
// stand in no branch which full, if there is one, says has its share.
func (w *waiting) next(full func(Turn) bool) *Entry {
	if w.parent != nil && full != nil && full(w.turn) {
		return nil
	}
	for _, b := range w.branches {
		if e := b.next(full); e != nil {
			return e
		}
	}
	// A requeued job that is not confirmed yet may stand before confirmed ones.
	// Behind a push that is not confirmed nothing is: confirmations come in order.
	e := w.jobs.front
	for e != nil && e.Pending == Requeuing {
		e = e.next
	}
	if e == nil || e.Pending != Nothing {
		return nil
	}
	return e
}

// served sends a leaf, and all that it is a part of, to the end of their lines.
func (w *waiting) served() {
	for ; w.parent != nil; w = w.parent {
		siblings := w.parent.branches
		if len(siblings) < 2 {
			continue
		}
		at := 0
		for siblings[at] != w {
			at++
		}
		copy(siblings[at:], siblings[at+1:])
		siblings[len(siblings)-1] = w
	}
}

// prune cuts off a leaf that is empty, and what has become empty with it.
func (w *waiting) prune(keep func(*waiting)) {
	for w.n == 0 && w.parent != nil {
		parent := w.parent
		at := 0
		for parent.branches[at] != w {
			at++
		}
		last := len(parent.branches) - 1
		copy(parent.branches[at:], parent.branches[at+1:])
		parent.branches[last] = nil
		parent.branches = parent.branches[:last]
		*w = waiting{branches: w.branches[:0]}
		keep(w)
		w = parent
	}
}

// each calls yield with the jobs below until it returns false.
func (w *waiting) each(yield func(*Entry) bool) bool {
	for e := w.jobs.front; e != nil; e = e.next {
		if !yield(e) {
			return false
		}
	}
	for _, b := range w.branches {
		if !b.each(yield) {
			return false
		}
	}
	return true
}
