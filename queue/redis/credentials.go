package redis

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sockethub/sockethub/queue"
)

const (
	credentialsPrefix = "credentials:" // after the namespace

	// nodeField names the node that keeps it, so that others know what a dead node
	// has left. Fields of accounts are longer.
	nodeField = "node"
)

// credentials keeps a hash for each owner, one field an account.
//
//	sockethub:NS:credentials:HMAC(id)   node                     NODE
//	                                    HMAC(platform, actor)    sealed
//
// What this node's owners have stored is also in memory, sealed as it is, so
// that a Redis which has lost it gets it again.
type credentials struct {
	s      *store
	budget queue.Budget

	mu      sync.Mutex               // guards the fields below; never held across I/O
	owners  map[string]*sealedFields // that have stored something from here
	dropped map[string]struct{}      // whose end could not be told to Redis yet
}

// sealedFields is what an owner has stored. Whoever reads it or Redis to write
// the other holds its turn: else what is written could be older than what is
// there by then.
type sealedFields struct {
	turn
	fields  map[string]string
	expires time.Time
}

func newSealedFields() *sealedFields {
	return &sealedFields{turn: newTurn(), fields: make(map[string]string)}
}

func newCredentials(s *store) *credentials {
	return &credentials{s: s, owners: make(map[string]*sealedFields), dropped: make(map[string]struct{})}
}

func (r *credentials) key(id string) string {
	return r.s.prefix + credentialsPrefix + r.s.seal.name("session", id)
}

// place is the field of an account, and what its sealed text is bound to.
func (r *credentials) place(owner queue.Owner, platform, actor string) (field string, bound []byte) {
	return r.s.seal.name("account", platform, actor), boundTo(nil, "credentials", owner.ID, platform, actor)
}

func (r *credentials) Put(ctx context.Context, owner queue.Owner, platform, actor string, body []byte) error {
	key := r.key(owner.ID)
	field, bound := r.place(owner, platform, actor)
	b := appendCommand(nil, "HEXISTS", key, field)
	replies, err := r.s.ask(ctx, 2, appendCommand(b, "HLEN", key))
	if err != nil {
		return err
	}
	// The node's field counts as well.
	if n, _ := replies[1].(int64); replies[0] == int64(0) && n-1 >= int64(r.s.options.MaxCredentials) {
		return queue.ErrTooMany
	}
	if err := r.budget.Put(owner, platform, actor, body); err != nil {
		return err
	}
	// Noted first: whatever becomes of the write, Drop has to remove it.
	stored := r.enter(owner.ID)
	if err := stored.acquire(ctx); err != nil {
		return err
	}
	defer stored.release()
	sealed := string(r.s.seal.owner(owner).Seal(nil, nil, body, bound))
	if err := r.write(ctx, key, map[string]string{field: sealed}); err != nil {
		return err
	}
	return r.keep(ctx, owner.ID, field, sealed)
}

func (r *credentials) Get(ctx context.Context, owner queue.Owner, platform, actor string) ([]byte, error) {
	key := r.key(owner.ID)
	field, bound := r.place(owner, platform, actor)
	if stored := r.entered(owner.ID); stored != nil {
		if err := stored.acquire(ctx); err != nil {
			return nil, err
		}
		defer stored.release()
	}
	b := appendCommand(nil, "HGET", key, field)
	replies, err := r.s.ask(ctx, 2, appendCommand(b, "PEXPIRE", key, milliseconds(r.s.options.CredentialsTTL)))
	if err != nil {
		return nil, err
	}
	sealed, ok := replies[0].([]byte)
	if !ok {
		// Expired, or lost by Redis: memory knows which.
		fields := r.kept(owner.ID)
		if fields[field] == "" {
			return nil, queue.ErrNotFound
		}
		if err := r.write(ctx, key, fields); err != nil {
			return nil, err
		}
		sealed = []byte(fields[field])
	}
	if err := r.keep(ctx, owner.ID, field, string(sealed)); err != nil {
		return nil, err
	}
	return open(r.s.seal.owner(owner), sealed, bound)
}

// write sets fields of an owner's hash, and starts its time to live.
func (r *credentials) write(ctx context.Context, key string, fields map[string]string) error {
	set := []string{"HSET", key, nodeField, r.s.name()}
	for field, sealed := range fields {
		set = append(set, field, sealed)
	}
	b := appendCommand(nil, "MULTI")
	b = appendCommand(b, set...)
	b = appendCommand(b, "PEXPIRE", key, milliseconds(r.s.options.CredentialsTTL))
	_, err := r.s.ask(ctx, 4, appendCommand(b, "EXEC"))
	return err
}

// enter notes that an owner stores something.
func (r *credentials) enter(id string) *sealedFields {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.owners[id] == nil {
		r.owners[id] = newSealedFields()
	}
	return r.owners[id]
}

// entered is what an owner has stored from here; nil if it has not.
func (r *credentials) entered(id string) *sealedFields {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.owners[id]
}

// keep remembers what Redis holds, and slides the time to live. When the owner
// was dropped while it was written, it is removed once more: ErrGone.
func (r *credentials) keep(ctx context.Context, id, field, sealed string) error {
	r.mu.Lock()
	kept := r.owners[id]
	if kept != nil {
		kept.fields[field] = sealed
		kept.expires = time.Now().Add(r.s.options.CredentialsTTL)
	} else {
		r.dropped[id] = struct{}{}
	}
	r.mu.Unlock()
	if kept != nil {
		return nil
	}
	if err := r.forget(ctx, []string{id}); err != nil {
		return err
	}
	return queue.ErrGone
}

// kept returns a copy of what an owner has stored, if it has not expired.
func (r *credentials) kept(id string) map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.owners[id]
	if kept == nil || time.Now().After(kept.expires) {
		return nil
	}
	return maps.Clone(kept.fields)
}

// Drop forgets an owner at once, on Redis as soon as it can be reached.
func (r *credentials) Drop(ctx context.Context, id string) error {
	r.budget.Drop(id)
	r.mu.Lock()
	_, known := r.owners[id]
	delete(r.owners, id)
	if known {
		r.dropped[id] = struct{}{}
	}
	r.mu.Unlock()
	if !known {
		return nil
	}
	return r.forget(ctx, []string{id})
}

// dropLate tells Redis of the ends that it could not be told of.
func (r *credentials) dropLate(ctx context.Context) {
	if ids := names(&r.mu, r.dropped); len(ids) > 0 {
		r.forget(ctx, ids) // what fails is tried again
	}
}

// adopt puts the credentials of this node's owners under its new name, and
// writes again what Redis has lost.
func (r *credentials) adopt(ctx context.Context) {
	for _, id := range names(&r.mu, r.owners) {
		if r.adoptOne(ctx, id) != nil {
			return // with the next reading, or the next name
		}
	}
}

func (r *credentials) adoptOne(ctx context.Context, id string) error {
	stored := r.entered(id)
	if stored == nil {
		return nil
	}
	if err := stored.acquire(ctx); err != nil {
		return err
	}
	defer stored.release()
	fields := r.kept(id)
	if len(fields) == 0 {
		return nil
	}
	if err := r.write(ctx, r.key(id), fields); err != nil || r.entered(id) != nil {
		return err
	}
	return r.forget(ctx, []string{id}) // it was dropped meanwhile
}

// close removes the credentials of all owners of this node.
func (r *credentials) close(ctx context.Context) error {
	return r.forget(ctx, append(names(&r.mu, r.owners), names(&r.mu, r.dropped)...))
}

// names lists the keys of a map that mu guards.
func names[V any](mu *sync.Mutex, m map[string]V) []string {
	mu.Lock()
	defer mu.Unlock()
	return slices.Collect(maps.Keys(m))
}

// forget deletes the hashes of owners.
func (r *credentials) forget(ctx context.Context, ids []string) error {
	for some := range slices.Chunk(ids, 1000) {
		del := []string{"DEL"}
		for _, id := range some {
			del = append(del, r.key(id))
		}
		if _, err := r.s.ask(ctx, 1, appendCommand(nil, del...)); err != nil {
			return err
		}
		r.mu.Lock()
		for _, id := range some {
			delete(r.dropped, id)
		}
		r.mu.Unlock()
	}
	return nil
}
