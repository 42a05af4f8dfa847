package queue

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	credentialsPrefix = "credentials:" // after the namespace

	// ownerField names the node whose session it is, so that others know what a
	// dead node has left. Fields of accounts are longer.
	ownerField = "node"
)

// redisCredentials keeps a hash for each session, one field an account.
//
//	sockethub:NS:credentials:HMAC(session)   node                     NODE
//	                                         HMAC(platform, actor)    sealed
//
// What this node's sessions have stored is also in memory, sealed as it is, so
// that a Redis which has lost it gets it again.
type redisCredentials struct {
	s *redisStore

	mu       sync.Mutex               // guards the fields below; never held across I/O
	sessions map[string]*sealedFields // that have stored something from here
	dropped  map[string]struct{}      // whose end could not be told to Redis yet
}

// sealedFields is what a session has stored. Whoever reads it or Redis to write
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

func newRedisCredentials(s *redisStore) *redisCredentials {
	return &redisCredentials{s: s, sessions: make(map[string]*sealedFields), dropped: make(map[string]struct{})}
}

func (r *redisCredentials) key(session string) string {
	return r.s.prefix + credentialsPrefix + r.s.seal.name("session", session)
}

// place is the field of an account, and what its sealed text is bound to.
func (r *redisCredentials) place(owner Session, platform, actor string) (field string, bound []byte) {
	return r.s.seal.name("account", platform, actor), boundTo(nil, "credentials", owner.ID, platform, actor)
}

func (r *redisCredentials) Put(ctx context.Context, owner Session, platform, actor string, body []byte) error {
	key := r.key(owner.ID)
	field, bound := r.place(owner, platform, actor)
	b := appendCommand(nil, "HEXISTS", key, field)
	replies, err := r.s.ask(ctx, 2, appendCommand(b, "HLEN", key))
	if err != nil {
		return err
	}
	// The owner's field counts as well.
	if n, _ := replies[1].(int64); replies[0] == int64(0) && n-1 >= int64(r.s.options.MaxCredentials) {
		return ErrTooMany
	}
	// Noted first: whatever becomes of the write, Drop has to remove it.
	stored := r.enter(owner.ID)
	if err := stored.acquire(ctx); err != nil {
		return err
	}
	defer stored.release()
	sealed := string(r.s.seal.session(owner).Seal(nil, nil, body, bound))
	if err := r.write(ctx, key, map[string]string{field: sealed}); err != nil {
		return err
	}
	return r.keep(ctx, owner.ID, field, sealed)
}

func (r *redisCredentials) Get(ctx context.Context, owner Session, platform, actor string) ([]byte, error) {
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
			return nil, ErrNotFound
		}
		if err := r.write(ctx, key, fields); err != nil {
			return nil, err
		}
		sealed = []byte(fields[field])
	}
	if err := r.keep(ctx, owner.ID, field, string(sealed)); err != nil {
		return nil, err
	}
	return open(r.s.seal.session(owner), sealed, bound)
}

// write sets fields of a session's hash, and starts its time to live.
func (r *redisCredentials) write(ctx context.Context, key string, fields map[string]string) error {
	set := []string{"HSET", key, ownerField, r.s.name()}
	for field, sealed := range fields {
		set = append(set, field, sealed)
	}
	b := appendCommand(nil, "MULTI")
	b = appendCommand(b, set...)
	b = appendCommand(b, "PEXPIRE", key, milliseconds(r.s.options.CredentialsTTL))
	_, err := r.s.ask(ctx, 4, appendCommand(b, "EXEC"))
	return err
}

// enter notes that a session stores something.
func (r *redisCredentials) enter(session string) *sealedFields {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sessions[session] == nil {
		r.sessions[session] = newSealedFields()
	}
	return r.sessions[session]
}

// entered is what a session has stored from here; nil if it has not.
func (r *redisCredentials) entered(session string) *sealedFields {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sessions[session]
}

// keep remembers what Redis holds, and slides the time to live. When the session
// was dropped while it was written, it is removed once more: ErrGone.
func (r *redisCredentials) keep(ctx context.Context, session, field, sealed string) error {
	r.mu.Lock()
	kept := r.sessions[session]
	if kept != nil {
		kept.fields[field] = sealed
		kept.expires = time.Now().Add(r.s.options.CredentialsTTL)
	} else {
		r.dropped[session] = struct{}{}
	}
	r.mu.Unlock()
	if kept != nil {
		return nil
	}
	if err := r.forget(ctx, []string{session}); err != nil {
		return err
	}
	return ErrGone
}

// kept returns a copy of what a session has stored, if it has not expired.
func (r *redisCredentials) kept(session string) map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.sessions[session]
	if kept == nil || time.Now().After(kept.expires) {
		return nil
	}
	return maps.Clone(kept.fields)
}

// Drop forgets a session at once, on Redis as soon as it can be reached.
func (r *redisCredentials) Drop(ctx context.Context, session string) error {
	r.mu.Lock()
	_, known := r.sessions[session]
	delete(r.sessions, session)
	if known {
		r.dropped[session] = struct{}{}
	}
	r.mu.Unlock()
	if !known {
		return nil
	}
	return r.forget(ctx, []string{session})
}

// dropLate tells Redis of the ends that it could not be told of.
func (r *redisCredentials) dropLate(ctx context.Context) {
	if sessions := names(&r.mu, r.dropped); len(sessions) > 0 {
		r.forget(ctx, sessions) // what fails is tried again
	}
}

// adopt puts the credentials of this node's sessions under its new name, and
// writes again what Redis has lost.
func (r *redisCredentials) adopt(ctx context.Context) {
	for _, session := range names(&r.mu, r.sessions) {
		if r.adoptSession(ctx, session) != nil {
			return // with the next reading, or the next name
		}
	}
}

func (r *redisCredentials) adoptSession(ctx context.Context, session string) error {
	stored := r.entered(session)
	if stored == nil {
		return nil
	}
	if err := stored.acquire(ctx); err != nil {
		return err
	}
	defer stored.release()
	fields := r.kept(session)
	if len(fields) == 0 {
		return nil
	}
	if err := r.write(ctx, r.key(session), fields); err != nil || r.entered(session) != nil {
		return err
	}
	return r.forget(ctx, []string{session}) // it was dropped meanwhile
}

// close removes the credentials of all sessions of this node.
func (r *redisCredentials) close(ctx context.Context) error {
	return r.forget(ctx, append(names(&r.mu, r.sessions), names(&r.mu, r.dropped)...))
}

// names lists the keys of a map that mu guards.
func names[V any](mu *sync.Mutex, m map[string]V) []string {
	mu.Lock()
	defer mu.Unlock()
	return slices.Collect(maps.Keys(m))
}

// forget deletes the hashes of sessions.
func (r *redisCredentials) forget(ctx context.Context, sessions []string) error {
	for some := range slices.Chunk(sessions, 1000) {
		del := []string{"DEL"}
		for _, session := range some {
			del = append(del, r.key(session))
		}
		if _, err := r.s.ask(ctx, 1, appendCommand(nil, del...)); err != nil {
			return err
		}
		r.mu.Lock()
		for _, session := range some {
			delete(r.dropped, session)
		}
		r.mu.Unlock()
	}
	return nil
}
