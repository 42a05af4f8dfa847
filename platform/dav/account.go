package dav

import (
	"container/list"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/url"
	"sync"
	"time"
)

// Bounds of what is remembered of services.
const (
	maxAccounts = 256
	accountAge  = 10 * time.Minute
)

// account is what is known of a service for one user's credentials, without the
// credentials themselves.
type account struct {
	auth auth
	born time.Time

	mu          sync.Mutex // guards the fields below
	origin      *url.URL
	collections []*Collection // nil: not known
}

func (a *account) where() *url.URL {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.origin
}

func (a *account) moveTo(u *url.URL) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.origin = u
}

func (a *account) known() []*Collection {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.collections
}

func (a *account) know(collections []*Collection) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.collections = collections
}

// accounts holds those used last, by a keyed hash of their credentials: nobody
// who reads the memory of the worker finds a password by guessing.
type accounts struct {
	key [32]byte // immutable

	mu    sync.Mutex // guards the fields below
	byKey map[accountKey]*list.Element
	order list.List // of *accountEntry, the one used last in front
}

type accountKey [sha256.Size]byte

type accountEntry struct {
	key     accountKey
	account *account
}

func newAccounts() *accounts {
	a := &accounts{byKey: map[accountKey]*list.Element{}}
	_, _ = rand.Read(a.key[:]) // never fails
	return a
}

// keyOf is the keyed hash of a service and its credentials.
func (a *accounts) keyOf(service *url.URL, who secret) (key accountKey) {
	h := hmac.New(sha256.New, a.key[:])
	for _, part := range []string{service.String(), who.user, who.password, who.token} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	h.Sum(key[:0])
	return key
}

// open returns the account, a new one if it is not known or too old.
func (a *accounts) open(key accountKey, service *url.URL) *account {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e, ok := a.byKey[key]; ok {
		known := e.Value.(*accountEntry).account
		if time.Since(known.born) < accountAge {
			a.order.MoveToFront(e)
			return known
		}
		a.remove(e)
	}
	fresh := &account{born: time.Now(), origin: service}
	a.byKey[key] = a.order.PushFront(&accountEntry{key, fresh})
	if a.order.Len() > maxAccounts {
		a.remove(a.order.Back())
	}
	return fresh
}

// forget drops an account, as when its password no longer counts.
func (a *accounts) forget(key accountKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e, ok := a.byKey[key]; ok {
		a.remove(e)
	}
}

func (a *accounts) remove(e *list.Element) {
	delete(a.byKey, e.Value.(*accountEntry).key)
	a.order.Remove(e)
}
