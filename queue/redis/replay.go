package redis

import (
	"bytes"
	"context"
	"crypto/cipher"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"sync"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
)

const requestPrefix = "request:" // after the namespace

// replay keeps a list for each request. Its elements are sealed, with a key
// that follows from the server's secret and the request's id.
//
//	sockethub:NS:request:HMAC(id)   h{"node":…,"process":…,"digest":…}   whose it is
//	                                l0{"type":…}                         each line, by its number
//	                                l1{"type":…}
//	                                c2                                   complete, with so many lines
//	                                x2{"type":…}                         or given up, with a last line
//
// Only the first h counts, and nothing after the first c or x: whoever completes a
// record first decides how it ends, without a lock. Its node appends with RPUSHX
// and knows how long the list must be then; any other length makes it look.
//
// A number that is too high tells of a line that was taken out or moved. One that
// was there before is of a node that wrote too late, and does not count.
//
// While a request runs, its lines are in memory too, so that a record which Redis
// has lost can be written again.
type replay struct {
	s *store

	mu       sync.Mutex          // guards requests; never held across I/O
	requests map[string]*request // begun here and not completed on Redis yet
}

// request is one that this node runs. Who holds turn may use the other fields.
type request struct {
	turn
	aead     cipher.AEAD
	key      string
	bound    []byte
	digest   [32]byte
	ttl      time.Duration
	lines    [][]byte
	bytes    int64
	complete bool      // all lines are there, though Redis may not know it
	stale    bool      // Redis may not have what memory has
	taken    bool      // another node has completed it
	until    time.Time // the end of its time to live
}

// header is the first element of a record.
type header struct {
	Node    string   `json:"node"`    // whose sign of life counts
	Process string   `json:"process"` // stays when the node gets another name
	Digest  [32]byte `json:"digest"`
}

const (
	headerElement   = 'h'
	lineElement     = 'l'
	completeElement = 'c'
	lostElement     = 'x'
)

func newReplay(s *store) *replay {
	return &replay{s: s, requests: make(map[string]*request)}
}

func (r *replay) Begin(ctx context.Context, id string, digest [32]byte, ttl time.Duration) (queue.Record, error) {
	run := r.request(id)
	run.digest, run.ttl, run.until = digest, ttl, time.Now().Add(ttl)
	for {
		other := r.enter(id, run)
		if other == nil {
			break
		}
		rec, taken, err := other.record(ctx)
		if err != nil || !taken {
			return rec, err
		}
		if rec, err = r.known(ctx, id, run); !errors.Is(err, queue.ErrNotFound) {
			return rec, err
		}
		r.forget(id, other)
	}
	defer run.release()
	rec, err := r.claim(ctx, id, run)
	if err != nil || rec.State != queue.ReplayNew {
		run.taken = true
		r.forget(id, run)
	}
	return rec, err
}

// enter notes that a request runs here, unless it does already.
func (r *replay) enter(id string, run *request) (other *request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if other = r.requests[id]; other == nil {
		r.requests[id] = run
	}
	return other
}

// claim makes a request this node's, unless it is somebody's.
func (r *replay) claim(ctx context.Context, id string, run *request) (queue.Record, error) {
	for range 3 {
		rec, err := r.known(ctx, id, run)
		if !errors.Is(err, queue.ErrNotFound) {
			return rec, err
		}
		head := run.seal(r.head(run))
		b := appendCommand(nil, "MULTI")
		b = appendCommand(b, "RPUSH", run.key, string(head))
		b = appendCommand(b, "PEXPIRE", run.key, milliseconds(run.ttl))
		length, err := r.execute(ctx, 4, appendCommand(b, "EXEC"))
		if err != nil {
			return queue.Record{}, err
		}
		if length == 1 {
			return queue.Record{State: queue.ReplayNew, Digest: run.digest}, nil
		}
		// Somebody was faster, or an answer was lost and this was said twice.
		if _, err := r.s.ask(ctx, 1, appendCommand(nil, "LREM", run.key, "-1", string(head))); err != nil {
			return queue.Record{}, err
		}
	}
	return queue.Record{}, errSilent
}

// known returns the record of a request that somebody has begun. One that this
// process began but does not know is left from a Begin whose outcome was lost: it
// is as good as new.
func (r *replay) known(ctx context.Context, id string, run *request) (queue.Record, error) {
	rec, head, err := r.fetch(ctx, run)
	switch {
	case err != nil:
		return queue.Record{}, err
	case rec.State == queue.ReplayComplete:
		return rec, nil
	case head.Process == r.s.self.Token:
		if _, err := r.s.ask(ctx, 1, appendCommand(nil, "DEL", run.key)); err != nil {
			return queue.Record{}, err
		}
		return queue.Record{}, queue.ErrNotFound
	}
	replies, err := r.s.ask(ctx, 1, appendCommand(nil, "GET", r.s.keysOf(head.Node).alive))
	if err != nil {
		return queue.Record{}, err
	}
	if sign, ok := replies[0].([]byte); ok && !r.s.self.gone(string(sign)) {
		return rec, nil
	}
	// Its node is dead: nobody will complete it but us.
	lost := element(lostElement, len(rec.Lines), r.s.options.LostLine(id))
	b := appendCommand(nil, "RPUSHX", run.key, string(run.seal(lost)))
	if _, err := r.s.ask(ctx, 1, b); err != nil {
		return queue.Record{}, err
	}
	rec, _, err = r.fetch(ctx, run)
	return rec, err
}

func (r *replay) Append(ctx context.Context, id string, line []byte) error {
	run, err := r.running(ctx, id)
	if err != nil {
		return err
	}
	defer run.release()
	if err := r.hold(run, line); err != nil {
		return err
	}
	if err := r.extend(ctx, run, element(lineElement, len(run.lines)-1, line)); err != nil {
		// Redis may have it or not: with the next line that succeeds it has not,
		// so that the caller may append it again.
		run.lines = run.lines[:len(run.lines)-1]
		run.bytes -= int64(len(line))
		return err
	}
	run.until = time.Now().Add(run.ttl)
	return nil
}

// Complete ends a request. Where Redis cannot be told now, it is told later, and
// whoever asks here gets the lines from memory.
func (r *replay) Complete(ctx context.Context, id string, lines ...[]byte) error {
	run, err := r.running(ctx, id)
	if err != nil {
		return err
	}
	defer run.release()
	first := len(run.lines)
	if err := r.hold(run, lines...); err != nil {
		return err
	}
	run.complete = true
	run.until = time.Now().Add(run.ttl)
	elements := make([][]byte, 0, len(lines)+1)
	for i, line := range lines {
		elements = append(elements, element(lineElement, first+i, line))
	}
	err = r.extend(ctx, run, append(elements, element(completeElement, len(run.lines), nil))...)
	if err == nil || errors.Is(err, queue.ErrGone) {
		r.forget(id, run)
	}
	return err
}

// hold adds lines to what memory knows of a request, all or none.
func (r *replay) hold(run *request, lines ...[]byte) error {
	n := int64(0)
	for _, line := range lines {
		n += int64(len(line))
	}
	if len(run.lines)+len(lines) > r.s.options.MaxReplayLines || n > r.s.options.MaxReplayBytes-run.bytes {
		return queue.ErrTooMany
	}
	for _, line := range lines {
		run.lines = append(run.lines, bytes.Clone(line))
	}
	run.bytes += n
	return nil
}

func (r *replay) Read(ctx context.Context, id string) (queue.Record, error) {
	r.mu.Lock()
	own := r.requests[id]
	r.mu.Unlock()
	if own != nil {
		if rec, taken, err := own.record(ctx); err != nil || !taken {
			return rec, err
		}
	}
	return r.known(ctx, id, r.request(id))
}

// extend adds elements to a record of this node.
func (r *replay) extend(ctx context.Context, run *request, elements ...[]byte) error {
	if run.taken {
		return queue.ErrGone
	}
	if run.stale {
		return r.mend(ctx, run)
	}
	want := int64(1 + len(run.lines))
	if run.complete {
		want++
	}
	push := []string{"RPUSHX", run.key}
	for _, text := range elements {
		push = append(push, string(run.seal(text)))
	}
	b := appendCommand(nil, "MULTI")
	b = appendCommand(b, push...)
	b = appendCommand(b, "PEXPIRE", run.key, milliseconds(run.ttl))
	length, err := r.execute(ctx, 4, appendCommand(b, "EXEC"))
	if err != nil {
		run.stale = true
		return err
	}
	if length == want {
		return nil
	}
	return r.mend(ctx, run)
}

// mend writes a whole record again, unless another node has completed it.
func (r *replay) mend(ctx context.Context, run *request) error {
	run.stale = true
	rec, _, err := r.fetch(ctx, run)
	if err != nil && !errors.Is(err, queue.ErrNotFound) {
		return err
	}
	if err == nil && rec.State == queue.ReplayComplete {
		if run.complete && len(rec.Lines) == len(run.lines) {
			return nil // by us: only the answer was lost
		}
		run.taken = true
		return queue.ErrGone
	}
	push := []string{"RPUSH", run.key, string(run.seal(r.head(run)))}
	for i, line := range run.lines {
		push = append(push, string(run.seal(element(lineElement, i, line))))
	}
	if run.complete {
		push = append(push, string(run.seal(element(completeElement, len(run.lines), nil))))
	}
	b := appendCommand(nil, "MULTI")
	b = appendCommand(b, "DEL", run.key)
	b = appendCommand(b, push...)
	b = appendCommand(b, "PEXPIRE", run.key, milliseconds(run.ttl))
	if _, err := r.s.ask(ctx, 5, appendCommand(b, "EXEC")); err != nil {
		return err
	}
	run.stale = false
	return nil
}

// adopt puts the requests that run here under the node's new name.
func (r *replay) adopt(ctx context.Context) {
	r.each(ctx, func(id string, run *request) {
		if !run.taken {
			r.mend(ctx, run) // what fails is stale, and mended with the next line
		}
	})
}

// completeLate tells Redis of the ends that it could not be told of, and forgets
// requests that have expired.
func (r *replay) completeLate(ctx context.Context) {
	r.each(ctx, func(id string, run *request) {
		var err error
		switch {
		case time.Now().After(run.until): // whoever began it will not complete it
		case !run.complete || run.taken:
			return
		default:
			err = r.mend(ctx, run)
		}
		if err == nil || errors.Is(err, queue.ErrGone) {
			r.forget(id, run)
		}
	})
}

func (r *replay) each(ctx context.Context, do func(id string, run *request)) {
	r.mu.Lock()
	all := make(map[string]*request, len(r.requests))
	for id, run := range r.requests {
		all[id] = run
	}
	r.mu.Unlock()
	for id, run := range all {
		if run.acquire(ctx) != nil {
			return
		}
		do(id, run)
		run.release()
	}
}

// running returns a request that runs here, with its turn.
func (r *replay) running(ctx context.Context, id string) (*request, error) {
	r.mu.Lock()
	run := r.requests[id]
	r.mu.Unlock()
	if run == nil {
		return nil, queue.ErrNotFound
	}
	if err := run.acquire(ctx); err != nil {
		return nil, err
	}
	if run.complete {
		run.release()
		return nil, queue.ErrNotFound
	}
	return run, nil
}

func (r *replay) forget(id string, run *request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.requests[id] == run {
		delete(r.requests, id)
	}
}

// fetch reads a record. It does not say whether its node lives.
func (r *replay) fetch(ctx context.Context, run *request) (queue.Record, header, error) {
	rec := queue.Record{State: queue.ReplayRunning}
	var head header
	replies, err := r.s.ask(ctx, 1, appendCommand(nil, "LRANGE", run.key, "0", "-1"))
	if err != nil {
		return rec, head, err
	}
	elements, err := redigo.ByteSlices(replies[0], nil)
	if err != nil {
		return rec, head, errForeign
	}
	if len(elements) == 0 {
		return rec, head, queue.ErrNotFound
	}
	for i, sealed := range elements {
		text, err := open(run.aead, sealed, run.bound)
		if err != nil {
			return rec, head, err
		}
		kind, number, text := parts(text)
		if i == 0 && kind != headerElement || number > len(rec.Lines) {
			return rec, head, errSeal
		}
		switch kind {
		case headerElement:
			if i > 0 {
				continue // of somebody who came too late
			}
			if json.Unmarshal(text, &head) != nil {
				return rec, head, errSeal
			}
			rec.Digest = head.Digest
		case lineElement:
			if number == len(rec.Lines) {
				rec.Lines = append(rec.Lines, text)
			}
		case lostElement:
			rec.Lines = append(rec.Lines, text)
			rec.State = queue.ReplayComplete
			return rec, head, nil
		case completeElement:
			rec.State = queue.ReplayComplete
			return rec, head, nil
		}
	}
	return rec, head, nil
}

// execute returns the length of the list that the first command of a MULTI
// answered with.
func (r *replay) execute(ctx context.Context, replies int, commands []byte) (int64, error) {
	all, err := r.s.ask(ctx, replies, commands)
	if err != nil {
		return 0, err
	}
	done, err := redigo.Values(all[replies-1], nil)
	if err != nil || len(done) == 0 {
		return 0, errForeign
	}
	length, _ := done[0].(int64)
	return length, nil
}

// request makes a request, with its turn taken.
func (r *replay) request(id string) *request {
	run := &request{
		turn:  newTurn(),
		aead:  r.s.seal.request(id),
		key:   r.s.prefix + requestPrefix + r.s.seal.name("request", id),
		bound: boundTo(nil, "request", id),
	}
	run.turn <- struct{}{} // nobody else knows it yet
	return run
}

// head is the text of a record's header.
func (r *replay) head(run *request) []byte {
	text, err := json.Marshal(header{r.s.name(), r.s.self.Token, run.digest})
	if err != nil {
		panic("redis: " + err.Error()) // strings and numbers
	}
	return element(headerElement, 0, text)
}

// element is a part of a record: what it is, how many lines are before it, and
// its text.
func element(kind byte, number int, text []byte) []byte {
	return append(binary.AppendUvarint([]byte{kind}, uint64(number)), text...)
}

// parts takes an element apart. One that is none has no kind.
func parts(element []byte) (kind byte, number int, text []byte) {
	if len(element) == 0 {
		return 0, 0, nil
	}
	n, size := binary.Uvarint(element[1:])
	if size <= 0 {
		return 0, 0, nil
	}
	return element[0], int(min(n, math.MaxInt)), element[1+size:]
}

func (run *request) seal(text []byte) []byte {
	return run.aead.Seal(nil, nil, text, run.bound)
}

// record is what memory knows of the request; taken: Redis knows better, as
// another node has completed it or it has expired.
func (run *request) record(ctx context.Context) (rec queue.Record, taken bool, err error) {
	if err := run.acquire(ctx); err != nil {
		return queue.Record{}, false, err
	}
	defer run.release()
	rec = queue.Record{State: queue.ReplayRunning, Digest: run.digest, Lines: run.lines[:len(run.lines):len(run.lines)]}
	if run.complete {
		rec.State = queue.ReplayComplete
	}
	return rec, run.taken || time.Now().After(run.until), nil
}
