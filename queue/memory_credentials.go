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
	max    int
	ttl    time.Duration
	budget Budget

	mu     sync.Mutex                     // guards the fields below
	owners map[Owner]map[account]*secrets // nil once closed
	byID   map[string]Owner               // the owner of an id
}

// account is what an owner stores credentials for.
type account struct{ platform, actor string }

type secrets struct {
	body    []byte
	expires time.Time
}

func newMemoryCredentials(o Options) *memoryCredentials {
	return &memoryCredentials{
		max:    o.MaxCredentials,
		ttl:    o.CredentialsTTL,
		owners: make(map[Owner]map[account]*secrets),
		byID:   make(map[string]Owner),
	}
}

func (m *memoryCredentials) Put(_ context.Context, owner Owner, platform, actor string, body []byte) error {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.owners == nil {
		return ErrClosed
	}
	m.sweep(now)
	accounts := m.owners[owner]
	at := account{platform, actor}
	if _, replaces := accounts[at]; !replaces && len(accounts) >= m.max {
		return ErrTooMany
	}
	if err := m.budget.Put(owner, platform, actor, body); err != nil {
		return err
	}
	if accounts == nil {
		accounts = make(map[account]*secrets)
		m.owners[owner] = accounts
		m.byID[owner.ID] = owner
	}
	accounts[at] = &secrets{bytes.Clone(body), now.Add(m.ttl)}
	return nil
}

func (m *memoryCredentials) Get(_ context.Context, owner Owner, platform, actor string) ([]byte, error) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.owners == nil {
		return nil, ErrClosed
	}
	found := m.owners[owner][account{platform, actor}]
	if found == nil || now.After(found.expires) {
		return nil, ErrNotFound
	}
	// As on Redis, the time to live is the owner's.
	for _, s := range m.owners[owner] {
		s.expires = now.Add(m.ttl)
	}
	return bytes.Clone(found.body), nil
}

func (m *memoryCredentials) Drop(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if owner, ok := m.byID[id]; ok {
		delete(m.owners, owner)
		delete(m.byID, id)
		m.budget.Drop(id)
	}
	return nil
}

// sweep looks at a few owners and forgets what has expired: every Put pays a
// little, and no goroutine is needed. Maps are walked in random order.
func (m *memoryCredentials) sweep(now time.Time) {
	looks := 4
	for owner, accounts := range m.owners {
		for at, s := range accounts {
			if now.After(s.expires) {
				delete(accounts, at)
				m.budget.Remove(owner.ID, at.platform, at.actor)
			}
		}
		if len(accounts) == 0 {
			delete(m.owners, owner)
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
	m.owners, m.byID = nil, nil
}
