package queue

import (
	"fmt"
	"sync"
)

// What may be stored as credentials, in bytes with the names of the accounts. It
// is the same on every backend, as what a server's clients have stored is in its
// memory too.
const (
	maxOwnerCredentials   = 64 << 10 // a hundred accounts with passwords and more
	MaxAddressCredentials = 1 << 20  // as much as 16 owners that fill theirs
	maxAllCredentials     = 64 << 20
)

// accountCost is what an account weighs beside its texts.
const accountCost = 64

// Budget counts the bytes of credentials. It is for those who make a backend.
type Budget struct {
	mu        sync.Mutex // guards the fields below
	owners    map[string]*spent
	addresses map[string]int
	all       int
}

// spent is what an owner has stored.
type spent struct {
	address  string
	accounts map[account]int
	sum      int
}

// Put counts an account of an owner anew, or returns an ErrTooMany that says
// whose limit that would break. Nothing has changed then.
func (b *Budget) Put(owner Owner, platform, actor string, body []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, n := account{platform, actor}, accountCost+len(platform)+len(actor)+len(body)
	own := b.owners[owner.ID]
	more, sum := n, 0
	if own != nil {
		more, sum = n-own.accounts[at], own.sum
	}
	switch {
	case sum+more > maxOwnerCredentials:
		return fmt.Errorf("%w: credentials of a session may have %d bytes", ErrTooMany, maxOwnerCredentials)
	case owner.Address != "" && b.addresses[owner.Address]+more > MaxAddressCredentials:
		return fmt.Errorf("%w: credentials of an address may have %d bytes", ErrTooMany, MaxAddressCredentials)
	case b.all+more > maxAllCredentials:
		return fmt.Errorf("%w: credentials of all may have %d bytes", ErrTooMany, maxAllCredentials)
	}
	if own == nil {
		own = &spent{address: owner.Address, accounts: make(map[account]int)}
		if b.owners == nil {
			b.owners, b.addresses = make(map[string]*spent), make(map[string]int)
		}
		b.owners[owner.ID] = own
	}
	own.accounts[at] = n
	b.count(own, more)
	return nil
}

// Remove forgets an account that has expired.
func (b *Budget) Remove(id, platform, actor string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if own := b.owners[id]; own != nil {
		at := account{platform, actor}
		b.count(own, -own.accounts[at])
		if delete(own.accounts, at); len(own.accounts) == 0 {
			delete(b.owners, id)
		}
	}
}

// Drop forgets all accounts of an owner.
func (b *Budget) Drop(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if own := b.owners[id]; own != nil {
		b.count(own, -own.sum)
		delete(b.owners, id)
	}
}

// Spent is what an owner has stored, as one server program hands it to the next.
type Spent struct {
	Address  string         `json:"address,omitempty"`
	Accounts []SpentAccount `json:"accounts,omitempty"`
}

// SpentAccount is what it has stored for one account.
type SpentAccount struct {
	Platform string `json:"platform"`
	Actor    string `json:"actor"`
	Bytes    int    `json:"bytes"`
}

// Of returns what an owner has stored, and Restore counts it.
func (b *Budget) Of(id string) (s Spent) {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := b.owners[id]
	if own == nil {
		return s
	}
	s.Address = own.address
	for at, n := range own.accounts {
		s.Accounts = append(s.Accounts, SpentAccount{at.platform, at.actor, n})
	}
	return s
}

func (b *Budget) Restore(id string, s Spent) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.owners == nil {
		b.owners, b.addresses = make(map[string]*spent), make(map[string]int)
	}
	own := &spent{address: s.Address, accounts: make(map[account]int)}
	for _, a := range s.Accounts {
		own.accounts[account{a.Platform, a.Actor}] = a.Bytes
		b.count(own, a.Bytes)
	}
	if len(own.accounts) > 0 {
		b.owners[id] = own
	}
}

func (b *Budget) count(own *spent, n int) {
	own.sum += n
	b.all += n
	if own.address == "" {
		return
	}
	if b.addresses[own.address] += n; b.addresses[own.address] == 0 {
		delete(b.addresses, own.address)
	}
}
