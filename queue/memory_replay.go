package queue

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"
	"slices"
	"sync"
	"time"
)

const (
	// recordCost is what a record weighs beside its lines, and the collector
	// needs for it. Requests without lines count so too.
	recordCost = 512

	// Records are made this many at a time.
	recordChunk = 64
)

// memoryReplay is the answers of a server without Redis. There may be a hundred
// thousand of them, which the garbage collector would follow again and again:
// so they are found by numbers, and each holds a single pointer.
type memoryReplay struct {
	maxLines           int
	maxBytes, maxTotal int64
	opened             time.Time // what times in records count from

	mu     sync.Mutex       // guards the fields below
	places map[[32]byte]int // of records, under the hashes of their ids; nil once closed
	chunks [][]memoryRecord // a place is the number of a record in all chunks
	made   int              // places there are
	unused int              // the first of those without a record; 0: none
	expiry *time.Timer      // of the oldest record, or of one before it; nil without records
	total  int64
	kept   map[uint64]int64 // what total has of each address
}

// shareOfReplay is the part of all that an address may have. An address that
// needs more loses its own oldest records; where all is taken, whoever has most
// does. So nobody's request runs twice because of somebody else's.
const shareOfReplay = 8

type addressKey struct{}

// WithAddress says whom Replay.Begin keeps a record for: the address of a
// subscriber, as remote.Subscriber has it.
func WithAddress(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

var addressSeed = maphash.MakeSeed()

// addressOf is a number for the address in a context; 0 for none, which has no share.
func addressOf(ctx context.Context) uint64 {
	address, ok := ctx.Value(addressKey{}).(string)
	if !ok {
		return 0
	}
	return maphash.String(addressSeed, address)
}

// memoryRecord is one request. Those in use are a ring through place 0, which
// is nobody's. The one that was refreshed longest ago comes first: all requests
// of a server have the same time to live, so it is also the first to expire.
type memoryRecord struct {
	key, digest  [32]byte
	address      uint64 // see addressOf
	state        ReplayState
	text         []byte // the lines, each behind its length as a varint
	lines        int
	bytes        int64 // of the lines
	ttl, expires time.Duration
	prev, next   int
}

func newMemoryReplay(o Options) *memoryReplay {
	m := &memoryReplay{
		maxLines: o.MaxReplayLines,
		maxBytes: o.MaxReplayBytes,
		maxTotal: o.MaxReplayTotal,
		opened:   time.Now(),
	}
	m.reset()
	return m
}

func (m *memoryReplay) Begin(ctx context.Context, id string, digest [32]byte, ttl time.Duration) (Record, error) {
	key := replayKey(id)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.places == nil {
		return Record{}, ErrClosed
	}
	now := time.Since(m.opened)
	if place := m.live(key, now); place != 0 {
		return m.at(place).view(), nil
	}
	address := addressOf(ctx)
	if !m.reserve(recordCost, 0, address) {
		return Record{}, ErrTooMany
	}
	place := m.take()
	r := m.at(place)
	r.address = address
	r.key, r.digest, r.state, r.ttl = key, digest, ReplayRunning, ttl
	m.places[key] = place
	m.refresh(place, now)
	m.keep(address, recordCost)
	if m.expiry == nil {
		m.expiry = time.AfterFunc(ttl, m.expire)
	}
	return Record{State: ReplayNew, Digest: digest}, nil
}

func (m *memoryReplay) Append(_ context.Context, id string, line []byte) error {
	return m.add(id, ReplayRunning, line)
}

func (m *memoryReplay) Complete(_ context.Context, id string, lines ...[]byte) error {
	return m.add(id, ReplayComplete, lines...)
}

func (m *memoryReplay) Read(_ context.Context, id string) (Record, error) {
	key := replayKey(id)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.places == nil {
		return Record{}, ErrClosed
	}
	place := m.live(key, time.Since(m.opened))
	if place == 0 {
		return Record{}, ErrNotFound
	}
	return m.at(place).view(), nil
}

// add puts lines into a running record, all or none, and the record into a state.
func (m *memoryReplay) add(id string, state ReplayState, lines ...[]byte) error {
	key := replayKey(id)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.places == nil {
		return ErrClosed
	}
	now := time.Since(m.opened)
	place := m.live(key, now)
	if place == 0 || m.at(place).state != ReplayRunning {
		return ErrNotFound
	}
	r := m.at(place)
	size, n := 0, int64(0)
	for _, line := range lines {
		size += binary.MaxVarintLen32 + len(line)
		n += int64(len(line))
	}
	if r.lines+len(lines) > m.maxLines || n > m.maxBytes-r.bytes || !m.reserve(n, place, r.address) {
		return ErrTooMany
	}
	r.text = slices.Grow(r.text, size)
	for _, line := range lines {
		r.text = append(binary.AppendUvarint(r.text, uint64(len(line))), line...)
	}
	r.lines += len(lines)
	r.bytes += n
	r.state = state
	m.keep(r.address, n)
	m.refresh(place, now)
	return nil
}

// replayKey is what a record is found under, whatever the length of its id.
func replayKey(id string) [32]byte { return sha256.Sum256([]byte(id)) }

// expire forgets what has expired, though nobody asks for anything any more.
func (m *memoryReplay) expire() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.places == nil {
		return
	}
	now := time.Since(m.opened)
	m.forgetExpired(now)
	if oldest := m.at(0).next; oldest != 0 {
		m.expiry.Reset(m.at(oldest).expires - now + 1)
	} else {
		m.expiry = nil
	}
}

func (m *memoryReplay) forgetExpired(now time.Duration) {
	for oldest := m.at(0).next; oldest != 0 && now > m.at(oldest).expires; oldest = m.at(0).next {
		m.forget(oldest)
	}
}

func (m *memoryReplay) at(place int) *memoryRecord {
	return &m.chunks[place/recordChunk][place%recordChunk]
}

// live finds a record that has not expired; 0: there is none.
func (m *memoryReplay) live(key [32]byte, now time.Duration) (place int) {
	m.forgetExpired(now)
	place = m.places[key]
	if place != 0 && now > m.at(place).expires {
		m.forget(place)
		return 0
	}
	return place
}

// reserve makes room for n bytes of an address by forgetting complete records,
// but never the one at place keep.
func (m *memoryReplay) reserve(n int64, keep int, address uint64) bool {
	share := replayShare(m.maxTotal, m.maxBytes)
	if over := m.kept[address] + n - share; address != 0 && over > 0 {
		// A little more, so that this is not done for each.
		m.forgetOf(address, over+share/16, keep)
		if n > share-m.kept[address] {
			return false
		}
	}
	for n > m.maxTotal-m.total {
		most, has := address, m.kept[address]
		for other, kept := range m.kept {
			if kept > has {
				most, has = other, kept
			}
		}
		if !m.forgetOf(most, n-(m.maxTotal-m.total), keep) && (most == address || !m.forgetOf(address, n-(m.maxTotal-m.total), keep)) {
			return false
		}
	}
	return true
}

// replayShare is what an address may have of total bytes: at least one record.
func replayShare(total, record int64) int64 { return max(total/shareOfReplay, record+recordCost) }

// MaxAddressReplay is the share with the defaults of Options.
const MaxAddressReplay = defaultMaxReplayTotal / shareOfReplay

// forgetOf forgets the oldest complete records of an address, until it has
// forgotten n bytes or there are no more, and reports whether there was any.
func (m *memoryReplay) forgetOf(address uint64, n int64, keep int) (any bool) {
	until := m.total - n
	for place := m.at(0).next; place != 0 && m.total > until; {
		r := m.at(place)
		next := r.next
		if place != keep && r.state == ReplayComplete && r.address == address {
			m.forget(place)
			any = true
			if len(m.places) == 0 {
				break // all places are given back
			}
		}
		place = next
	}
	return any
}

// keep counts bytes of an address.
func (m *memoryReplay) keep(address uint64, n int64) {
	m.total += n
	if m.kept[address] += n; m.kept[address] == 0 {
		delete(m.kept, address)
	}
}

// refresh starts a record's time to live again.
func (m *memoryReplay) refresh(place int, now time.Duration) {
	r, ring := m.at(place), m.at(0)
	r.expires = now + r.ttl
	if ring.prev == place {
		return
	}
	m.unlink(r)
	r.prev, r.next = ring.prev, 0
	m.at(r.prev).next = place
	ring.prev = place
}

// take returns the place of a new record, which links to itself.
func (m *memoryReplay) take() int {
	place := m.unused
	if place == 0 {
		if m.made%recordChunk == 0 {
			m.chunks = append(m.chunks, make([]memoryRecord, recordChunk))
		}
		place = m.made
		m.made++
	} else {
		m.unused = m.at(place).next
	}
	*m.at(place) = memoryRecord{prev: place, next: place}
	return place
}

func (m *memoryReplay) forget(place int) {
	r := m.at(place)
	m.unlink(r)
	delete(m.places, r.key)
	m.keep(r.address, -(r.bytes + recordCost))
	*r = memoryRecord{next: m.unused}
	m.unused = place
	if len(m.places) == 0 {
		m.reset() // what a crowd left behind
	}
}

func (m *memoryReplay) unlink(r *memoryRecord) {
	m.at(r.prev).next = r.next
	m.at(r.next).prev = r.prev
}

// reset gives all memory back.
func (m *memoryReplay) reset() {
	m.places = make(map[[32]byte]int)
	m.chunks, m.made, m.unused, m.total = nil, 0, 0, 0
	m.kept = make(map[uint64]int64)
	m.take()
}

func (m *memoryReplay) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reset()
	m.places = nil
	if m.expiry != nil {
		m.expiry.Stop()
	}
}

// view is a record that later lines do not change.
func (r *memoryRecord) view() Record {
	v := Record{State: r.state, Digest: r.digest, Lines: make([][]byte, 0, r.lines)}
	for text := r.text; len(text) > 0; {
		n, size := binary.Uvarint(text)
		end := size + int(n)
		v.Lines = append(v.Lines, text[size:end:end])
		text = text[end:]
	}
	return v
}
