package redis

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sockethub/sockethub/handover"
	"github.com/sockethub/sockethub/queue"
)

// The records of the store on Redis: who this process is there, and what it knows
// of its owners. All else is on Redis, and the jobs are handed over by whoever
// waits for them.
const (
	kindNode  = "redis"
	kindOwner = "redis-owner"
)

// Identity is who a process is on Redis, for the program that comes after in it:
// it goes on under the same names and with the same keys.
type Identity struct {
	Secret []byte `json:"secret"` // what all keys follow from
	Node   string `json:"node"`
	Sign   string `json:"sign"` // what the key alive holds
	Last   uint64 `json:"last"` // id of a job that was given last

	Lists []string `json:"lists,omitempty"` // instances whose waiting lists may be there
}

// IdentityOf reads a record, and reports whether it is one of this store.
func IdentityOf(r handover.Record) (id *Identity, known bool, err error) {
	if r.Kind != kindNode {
		return nil, false, nil
	}
	id = new(Identity)
	if err := r.Into(id); err != nil {
		return nil, true, err
	}
	var p process
	if err := json.Unmarshal([]byte(id.Sign), &p); err != nil || len(id.Secret) == 0 || id.Node == "" {
		return nil, true, errors.New("who this server is on Redis cannot be read")
	}
	return id, true, nil
}

// become makes the store go on as another one of the same process.
func (s *store) become(id *Identity) {
	s.seal = newSealer(string(id.Secret))
	s.prefix = "sockethub:" + s.seal.namespace + ":"
	s.sign = id.Sign
	_ = json.Unmarshal([]byte(id.Sign), &s.self) // IdentityOf has looked
	s.node, s.keys = id.Node, s.keysOf(id.Node)
	s.ledger.Continue(id.Last)
	for _, instance := range id.Lists {
		s.lists[instance] = new(waitingList)
	}
	s.restoring = true
}

// ownerState is what an owner has stored, as this node knows it.
type ownerState struct {
	ID      string            `json:"id"`
	Fields  map[string]string `json:"fields"`
	Expires time.Time         `json:"expires"`
	Spent   queue.Spent       `json:"spent"`
}

// handOver writes down what is known of the owners.
func (r *credentials) handOver(w *handover.Writer) (failed error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, kept := range r.owners {
		failed = errors.Join(failed, w.Put(kindOwner, ownerState{id, kept.fields, kept.expires, r.budget.Of(id)}))
	}
	return failed
}

func (r *credentials) restore(state *ownerState) {
	r.budget.Restore(state.ID, state.Spent)
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := newSealedFields()
	if state.Fields != nil {
		kept.fields = state.Fields
	}
	kept.expires = state.Expires
	r.owners[state.ID] = kept
}

func (s *store) HandOver(w *handover.Writer) error {
	s.mu.Lock()
	id := Identity{Secret: s.seal.secret, Node: s.node, Sign: s.sign, Last: s.ledger.Last(), Lists: slices.Sorted(maps.Keys(s.lists))}
	s.mu.Unlock()
	if err := w.Put(kindNode, id); err != nil {
		return err
	}
	return s.creds.handOver(w)
}

// TakeOver reads what owners have stored. Open has got the Identity.
func (s *store) TakeOver(r handover.Record) (known bool, err error) {
	switch r.Kind {
	case kindNode:
		return true, nil
	case kindOwner:
		var state ownerState
		if err := r.Into(&state); err != nil {
			return true, err
		}
		s.creds.restore(&state)
		return true, nil
	}
	return false, nil
}

// Restore adds a job to the ledger. Redis knows it, or is told after Resume.
func (s *store) Restore(job *queue.Job, generation uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.restoring {
		return fmt.Errorf("restore job %d: the store is at work already", job.ID)
	}
	_, err := s.ledger.Restore(job, generation)
	return err
}

// Resume compares the ledger, which is whole now, with Redis.
func (s *store) Resume() {
	s.mu.Lock()
	was := s.restoring
	s.restoring = false
	s.mu.Unlock()
	if was {
		s.jobs.reset(errRestored)
	}
}
