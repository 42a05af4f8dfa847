package queue

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"github.com/sockethub/sockethub/handover"
	"github.com/sockethub/sockethub/ratelimit"
)

// The kinds of records that the store in memory hands over.
const (
	kindLedger      = "jobs"
	kindCredentials = "credentials"
	kindRequest     = "request"
	kindCounters    = "counters"
)

type ledgerState struct {
	Last uint64 `json:"last"` // id that was given last
}

// credentialsState is what an owner has stored for one account.
type credentialsState struct {
	Owner    Owner     `json:"owner"`
	Platform string    `json:"platform"`
	Actor    string    `json:"actor"`
	Body     []byte    `json:"body"`
	Expires  time.Time `json:"expires"`
}

// requestState is the record of a request. Whose address it counts for does not
// cross: it is a number with a key of the process.
type requestState struct {
	Key    []byte        `json:"key"` // hash of its id
	Digest []byte        `json:"digest"`
	State  ReplayState   `json:"state"`
	Lines  [][]byte      `json:"lines,omitempty"`
	TTL    time.Duration `json:"ttl"`
	Left   time.Duration `json:"left"` // of TTL
}

func (m *memory) HandOver(w *handover.Writer) error {
	m.mu.Lock()
	last := m.ledger.last
	m.mu.Unlock()
	err := w.Put(kindLedger, ledgerState{last})
	m.credentials.each(func(s credentialsState) { err = errors.Join(err, w.Put(kindCredentials, s)) })
	m.replay.each(func(s requestState) { err = errors.Join(err, w.Put(kindRequest, s)) })
	return errors.Join(err, w.Put(kindCounters, m.limiter.Windows()))
}

func (m *memory) TakeOver(r handover.Record) (known bool, err error) {
	switch r.Kind {
	case kindLedger:
		var s ledgerState
		if err := r.Into(&s); err != nil {
			return true, err
		}
		m.mu.Lock()
		m.ledger.Continue(s.Last)
		m.mu.Unlock()
		return true, nil
	case kindCredentials:
		var s credentialsState
		if err := r.Into(&s); err != nil {
			return true, err
		}
		return true, m.credentials.restore(&s)
	case kindRequest:
		var s requestState
		if err := r.Into(&s); err != nil {
			return true, err
		}
		return true, m.replay.restore(&s)
	case kindCounters:
		var s []ratelimit.KeptWindow
		if err := r.Into(&s); err != nil {
			return true, err
		}
		m.limiter.Restore(s)
		return true, nil
	}
	return false, nil
}

func (m *memory) Restore(job *Job, generation uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := m.ledger.Restore(job, generation)
	return err
}

func (m *memory) Resume() {}

// each calls f with all that is stored and has not expired.
func (m *memoryCredentials) each(f func(credentialsState)) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	for owner, accounts := range m.owners {
		for at, s := range accounts {
			if now.Before(s.expires) {
				f(credentialsState{owner, at.platform, at.actor, s.body, s.expires})
			}
		}
	}
}

func (m *memoryCredentials) restore(s *credentialsState) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.owners == nil {
		return ErrClosed
	}
	if err := m.budget.Put(s.Owner, s.Platform, s.Actor, s.Body); err != nil {
		return err
	}
	accounts := m.owners[s.Owner]
	if accounts == nil {
		accounts = make(map[account]*secrets)
		m.owners[s.Owner] = accounts
		m.byID[s.Owner.ID] = s.Owner
	}
	accounts[account{s.Platform, s.Actor}] = &secrets{s.Body, s.Expires}
	return nil
}

// each calls f with all records, the one that was refreshed longest ago first.
func (m *memoryReplay) each(f func(requestState)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.places == nil {
		return
	}
	now := time.Since(m.opened)
	m.forgetExpired(now)
	for place := m.at(0).next; place != 0; place = m.at(place).next {
		r := m.at(place)
		f(requestState{r.key[:], r.digest[:], r.state, r.view().Lines, r.ttl, r.expires - now})
	}
}

func (m *memoryReplay) restore(s *requestState) error {
	var key, digest [32]byte
	if len(s.Key) != len(key) || len(s.Digest) != len(digest) || s.TTL <= 0 || s.Left > s.TTL {
		return errors.New("the record of request " + base64.RawURLEncoding.EncodeToString(s.Key) + " makes no sense")
	}
	copy(key[:], s.Key)
	copy(digest[:], s.Digest)
	bytes := int64(0)
	var text []byte
	for _, line := range s.Lines {
		bytes += int64(len(line))
		text = append(binary.AppendUvarint(text, uint64(len(line))), line...)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.places == nil:
		return ErrClosed
	case m.places[key] != 0:
		return nil
	case len(s.Lines) > m.maxLines || bytes > m.maxBytes || !m.reserve(recordCost+bytes, 0, 0):
		return ErrTooMany
	}
	now := time.Since(m.opened)
	place := m.take()
	r := m.at(place)
	*r = memoryRecord{key: key, digest: digest, state: s.State, text: text, lines: len(s.Lines), bytes: bytes, ttl: s.TTL, prev: place, next: place}
	m.places[key] = place
	m.keep(0, recordCost+bytes)
	m.refresh(place, now)
	r.expires = now + s.Left
	if m.expiry == nil {
		m.expiry = time.AfterFunc(max(s.Left, 0)+1, m.expire)
	}
	return nil
}
