package queuetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sockethub/sockethub/queue"
)

func testModel(t *testing.T, s queue.Store) {
	seed := uint64(time.Now().UnixNano())
	Exercise(t, s, seed, 2000, nil)
}

// Exercise drives a store with steps random operations and compares each answer
// with a model. At the end each job must have had exactly one outcome. disturb,
// if there is one, is called now and then: it may break what the store stands on
// as long as the store gets over it within its grace time. A failure prints the
// seed.
func Exercise(t testing.TB, s queue.Store, seed uint64, steps int, disturb func(r *rand.Rand)) {
	m := &model{
		t:        t,
		store:    s,
		rand:     rand.New(rand.NewPCG(seed, 0)),
		lines:    make(map[string][]*tracked),
		claimed:  make(map[holder][]*tracked),
		outcomes: make(map[*queue.Job]int),
	}
	defer func() {
		if t.Failed() {
			t.Logf("seed %d, last steps: %q", seed, m.trace[max(0, len(m.trace)-40):])
		}
	}()
	for range steps {
		if disturb != nil && m.rand.IntN(25) == 0 {
			m.note("disturb")
			disturb(m.rand)
		}
		m.step()
		if t.Failed() {
			return
		}
	}
	m.finish()
}

// model is the queue as it has to be: plain slices.
type model struct {
	t        testing.TB
	store    queue.Store
	rand     *rand.Rand
	lines    map[string][]*tracked // by instance, the oldest first
	claimed  map[holder][]*tracked
	settled  []*tracked // taken back and neither requeued nor answered yet
	pushed   int
	outcomes map[*queue.Job]int // answers given: finished, removed, answered after settling, refused
	trace    []string
}

type holder struct {
	instance   string
	generation uint64
}

type tracked struct {
	job     *queue.Job
	pending []*outcome // of its operations, not waited for yet
}

var instances = []string{"a", "b", "c"}

const generations = 3

func (m *model) step() {
	instance := instances[m.rand.IntN(len(instances))]
	generation := 1 + m.rand.Uint64N(generations)
	at := holder{instance, generation}
	switch m.rand.IntN(10) {
	case 0, 1:
		m.push(instance, 0)
	case 2:
		m.push(instance, generation)
	case 3, 4:
		m.claim(at)
	case 5, 6:
		m.finishOne(at)
	case 7:
		m.remove(instance)
	case 8:
		m.settle(at)
	case 9:
		m.requeue()
	}
	if n := m.store.Waiting(instance); n != len(m.lines[instance]) {
		m.t.Errorf("Waiting(%s) = %d, want %d", instance, n, len(m.lines[instance]))
	}
}

func (m *model) note(format string, args ...any) {
	m.trace = append(m.trace, fmt.Sprintf(format, args...))
}

func (m *model) push(instance string, generation uint64) {
	if generation != 0 && len(m.lines[instance]) > 0 {
		generation = 0 // only when nothing waits
	}
	j := &queue.Job{Instance: instance, Owner: alice, Payload: []byte(fmt.Sprint("payload ", m.pushed))}
	x := &tracked{job: j}
	o := x.expect(m.t, fmt.Sprint("push ", m.pushed))
	if err := m.store.Push(j, generation, o.confirm); err != nil {
		m.t.Errorf("Push: %v", err)
		return
	}
	m.pushed++
	m.note("push %d %s %d", j.ID, instance, generation)
	if generation == 0 {
		m.lines[instance] = append(m.lines[instance], x)
	} else {
		at := holder{instance, generation}
		m.claimed[at] = append(m.claimed[at], x)
	}
	m.maybe(x)
}

func (m *model) claim(at holder) {
	line := m.lines[at.instance]
	for _, x := range line {
		m.wait(x) // what Claim sees is confirmed, so that the answer is certain
	}
	x := &tracked{}
	o := x.expect(m.t, "claim")
	j := m.store.Claim(at.instance, at.generation, nil, o.confirm)
	if len(line) == 0 {
		if j != nil {
			m.t.Errorf("Claim(%s) = job %d, want none", at.instance, j.ID)
		}
		return
	}
	x.job = line[0].job
	m.note("claim %d by %d", x.job.ID, at.generation)
	if j != x.job {
		m.t.Errorf("Claim(%s) = %v, want job %d", at.instance, j, x.job.ID)
		return
	}
	m.lines[at.instance] = line[1:]
	m.claimed[at] = append(m.claimed[at], x)
	m.maybe(x)
}

func (m *model) finishOne(at holder) {
	held := m.claimed[at]
	if len(held) == 0 {
		if _, ok := m.store.Finish(m.rand.Uint64N(uint64(m.pushed)+2), generations+1); ok {
			m.t.Error("Finish by a generation that holds nothing succeeded")
		}
		return
	}
	i := m.rand.IntN(len(held))
	x := held[i]
	m.wait(x) // a worker has seen only what was confirmed
	if _, ok := m.store.Finish(x.job.ID, at.generation+1); ok {
		m.t.Errorf("Finish of job %d by another generation succeeded", x.job.ID)
	}
	m.note("finish %d", x.job.ID)
	if j, ok := m.store.Finish(x.job.ID, at.generation); j != x.job || !ok {
		m.t.Errorf("Finish(%d) = %v, %v, want the job", x.job.ID, j, ok)
	}
	m.claimed[at] = slices.Delete(slices.Clone(held), i, i+1)
	m.answer(x)
}

func (m *model) remove(instance string) {
	var from *[]*tracked
	line := m.lines[instance]
	at := holder{instance, 1 + m.rand.Uint64N(generations)}
	held := m.claimed[at]
	if len(line) > 0 && m.rand.IntN(2) == 0 {
		from = &line
	} else if len(held) > 0 {
		from = &held
	} else {
		return
	}
	i := m.rand.IntN(len(*from))
	x := (*from)[i]
	m.note("remove %d", x.job.ID)
	if j, ok := m.store.Remove(x.job.ID); j != x.job || !ok {
		m.t.Errorf("Remove(%d) = %v, %v, want the job", x.job.ID, j, ok)
	}
	*from = slices.Delete(slices.Clone(*from), i, i+1)
	m.lines[instance], m.claimed[at] = line, held
	m.answer(x)
}

// settle is what happens when a worker crashes.
func (m *model) settle(at holder) {
	got := m.store.Settle(at.instance, at.generation)
	want := m.claimed[at]
	m.note("settle %s %d: %v", at.instance, at.generation, ids(got))
	if !slices.EqualFunc(got, want, func(j *queue.Job, x *tracked) bool { return j == x.job }) {
		m.t.Errorf("Settle(%s, %d) = %v, want %d jobs, oldest first", at.instance, at.generation, ids(got), len(want))
	}
	delete(m.claimed, at)
	m.settled = append(m.settled, want...)
}

// requeue runs a settled job once more, or answers it.
func (m *model) requeue() {
	if len(m.settled) == 0 {
		return
	}
	x := m.settled[0]
	m.settled = m.settled[1:]
	if m.rand.IntN(3) == 0 {
		m.note("answer %d", x.job.ID)
		m.answer(x)
		return
	}
	m.note("requeue %d", x.job.ID)
	o := x.expect(m.t, fmt.Sprint("requeue of ", x.job.ID))
	if err := m.store.Requeue(x.job, o.confirm); err != nil {
		m.t.Errorf("Requeue(%d): %v", x.job.ID, err)
	}
	instance := x.job.Instance
	m.lines[instance] = append([]*tracked{x}, m.lines[instance]...)
	m.maybe(x)
}

// answer notes that a job's client was told.
func (m *model) answer(x *tracked) {
	m.outcomes[x.job]++
	// Whether it was recorded before it was taken out may go either way.
	for _, o := range x.pending {
		if err := o.wait(); err != nil && !errors.Is(err, queue.ErrGone) {
			m.t.Errorf("%s of job %d confirmed %v, want nil or ErrGone", o.what, x.job.ID, err)
		}
	}
	x.pending = nil
}

func (x *tracked) expect(t testing.TB, what string) *outcome {
	o := expect(t, what)
	x.pending = append(x.pending, o)
	return o
}

// maybe waits for a job's confirmation, or leaves it for later.
func (m *model) maybe(x *tracked) {
	if m.rand.IntN(3) > 0 {
		m.wait(x)
	}
}

// wait waits for the confirmation of a job that is in the queue. Operations from
// before it was settled may have been told that it was gone.
func (m *model) wait(x *tracked) {
	for i, o := range x.pending {
		err := o.wait()
		if err != nil && (i == len(x.pending)-1 || !errors.Is(err, queue.ErrGone)) {
			m.t.Errorf("%s of job %d confirmed %v", o.what, x.job.ID, err)
		}
	}
	x.pending = nil
}

// finish takes out what is left and counts the outcomes.
func (m *model) finish() {
	for instance, line := range m.lines {
		for range line {
			m.claim(holder{instance, 1})
		}
	}
	for at, held := range m.claimed {
		for range held {
			m.finishOne(at)
		}
	}
	for _, x := range m.settled {
		m.answer(x)
	}
	if len(m.outcomes) != m.pushed {
		m.t.Errorf("%d of %d jobs have an outcome", len(m.outcomes), m.pushed)
	}
	for j, n := range m.outcomes {
		if n != 1 {
			m.t.Errorf("job %d has %d outcomes", j.ID, n)
		}
	}
	if st := m.store.Stats(); st.Waiting != 0 || st.Claimed != 0 {
		m.t.Errorf("%d jobs wait and %d are claimed at the end, want none", st.Waiting, st.Claimed)
	}
}
