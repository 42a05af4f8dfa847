package gateway

import (
	"sync"
	"time"

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

	refusing sync.Mutex // held by the session whose turn it is to be slowed down
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
func (b *budgets) hold(address string, n int64) bool { return b.holdUpTo(address, n, b.max/2) }

func (b *budgets) holdUpTo(address string, n, most int64) bool {
	if b.take(address).Hold(n, most) {
		return true
	}
	b.release(address)
	return false
}

// free undoes hold and holdUpTo.
func (b *budgets) free(address string, n int64) {
	b.take(address).Add(-n)
	b.release(address)
	b.release(address)
}

// refusalTime passes before the next event of a client that was refused one is
// read. Reading and refusing as fast as it can send would take a whole processor
// away from everybody else; this way TCP slows the client down.
const refusalTime = time.Millisecond

// slow lets refusalTime pass. The sessions of an address take turns: more of them
// are not refused more often.
func (b *budgets) slow(address string) {
	subscriber := remote.Subscriber(address)
	b.mu.Lock()
	at := b.open[subscriber]
	b.mu.Unlock()
	if at != nil { // as long as the session is there
		at.refusing.Lock()
		defer at.refusing.Unlock()
	}
	time.Sleep(refusalTime)
}
