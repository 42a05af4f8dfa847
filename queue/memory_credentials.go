package queue

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// memoryCredentials is the credentials of a server without Redis. Nobody but
// this process can read them, so they are not sealed.
type memoryCredentials struct {
	max int
	ttl time.Duration

	mu       sync.Mutex                       // guards the fields below
	sessions map[Session]map[account]*secrets // nil once closed
	byID     map[string]Session               // the session of an id
}

// account is what a session stores credentials for.
type account struct{ platform, actor string }

type secrets struct {
	body    []byte
	expires time.Time
}

func newMemoryCredentials(o Options) *memoryCredentials {
	return &memoryCredentials{
		max:      o.MaxCredentials,
		ttl:      o.CredentialsTTL,
		sessions: make(map[Session]map[account]*secrets),
		byID:     make(map[string]Session),
	}
}

func (m *memoryCredentials) Put(_ context.Context, owner Session, platform, actor string, body []byte) error {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sessions == nil {
		return ErrClosed
	}
	m.sweep(now)
	accounts := m.sessions[owner]
	at := account{platform, actor}
	if _, replaces := accounts[at]; !replaces && len(accounts) >= m.max {
		return ErrTooMany
	}
	if accounts == nil {
		accounts = make(map[account]*secrets)
		m.sessions[owner] = accounts
		m.byID[owner.ID] = owner
	}
	accounts[at] = &secrets{bytes.Clone(body), now.Add(m.ttl)}
	return nil
}

func (m *memoryCredentials) Get(_ context.Context, owner Session, platform, actor string) ([]byte, error) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sessions == nil {
		return nil, ErrClosed
	}
	found := m.sessions[owner][account{platform, actor}]
	if found == nil || now.After(found.expires) {
		return nil, ErrNotFound
	}
	// As on Redis, the time to live is the session's.
	for _, s := range m.sessions[owner] {
		s.expires = now.Add(m.ttl)
	}
	return bytes.Clone(found.body), nil
}

func (m *memoryCredentials) Drop(_ context.Context, session string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if owner, ok := m.byID[session]; ok {
		delete(m.sessions, owner)
		delete(m.byID, session)
	}
	return nil
}

// sweep looks at a few sessions and forgets what has expired: every Put pays a
// little, and no goroutine is needed. Maps are walked in random order.
func (m *memoryCredentials) sweep(now time.Time) {
	looks := 4
	for owner, accounts := range m.sessions {
		for at, s := range accounts {
			if now.After(s.expires) {
				delete(accounts, at)
			}
		}
		if len(accounts) == 0 {
			delete(m.sessions, owner)
			delete(m.byID, owner.ID)
		}
		if looks--; looks == 0 {
			return
		}
	}
}

func (m *memoryCredentials) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions, m.byID = nil, nil
}
