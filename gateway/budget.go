package gateway

import (
	"sync"

	"github.com/sockethub/sockethub/engineio/websocket"
	"github.com/sockethub/sockethub/remote"
)

// budgets has the bytes that the clients of each address make the server hold:
// their messages that are not answered, and what waits for them. All of these
// have limits of their own; this one holds however many sessions an address opens.
type budgets struct {
	max int64

	mu   sync.Mutex // guards the map
	open map[string]*shared
}

// shared is a budget and how many sessions and messages use it.
type shared struct {
	budget *websocket.Budget
	users  int
}

// take returns the budget of an address, until release.
func (b *budgets) take(address string) *websocket.Budget {
	subscriber := remote.Subscriber(address)
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.open[subscriber]
	if at == nil {
		if b.open == nil {
			b.open = make(map[string]*shared)
		}
		at = &shared{budget: websocket.NewBudget(b.max)}
		b.open[subscriber] = at
	}
	at.users++
	return at.budget
}

func (b *budgets) release(address string) {
	subscriber := remote.Subscriber(address)
	b.mu.Lock()
	defer b.mu.Unlock()
	if at := b.open[subscriber]; at != nil {
		if at.users--; at.users == 0 {
			delete(b.open, subscriber)
		}
	}
}

// hold counts a message until its answer: messages may fill half of the budget,
// so that answers find room in the other half.
func (b *budgets) hold(address string, n int64) bool {
	if b.take(address).Hold(n, b.max/2) {
		return true
	}
	b.release(address)
	return false
}

// free undoes hold.
func (b *budgets) free(address string, n int64) {
	b.take(address).Add(-n)
	b.release(address)
	b.release(address)
}
