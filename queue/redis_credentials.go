package queue

import (
	"context"
	"slices"
	"sync"

	"github.com/gomodule/redigo/redis"
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
type redisCredentials struct {
	s *redisStore

	mu       sync.Mutex          // guards the fields below; never held across I/O
	sessions map[string]struct{} // that have stored something from here
	dropped  map[string]struct{} // whose end could not be told to Redis yet
}

func newRedisCredentials(s *redisStore) *redisCredentials {
	return &redisCredentials{s: s, sessions: make(map[string]struct{}), dropped: make(map[string]struct{})}
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
	r.mu.Lock()
	r.sessions[owner.ID] = struct{}{}
	r.mu.Unlock()
	sealed := r.s.seal.session(owner).Seal(nil, nil, body, bound)
	b = appendCommand(nil, "MULTI")
	b = appendCommand(b, "HSET", key, ownerField, r.s.name(), field, string(sealed))
	b = appendCommand(b, "PEXPIRE", key, milliseconds(r.s.options.CredentialsTTL))
	_, err = r.s.ask(ctx, 4, appendCommand(b, "EXEC"))
	return err
}

func (r *redisCredentials) Get(ctx context.Context, owner Session, platform, actor string) ([]byte, error) {
	key := r.key(owner.ID)
	field, bound := r.place(owner, platform, actor)
	b := appendCommand(nil, "HGET", key, field)
	replies, err := r.s.ask(ctx, 2, appendCommand(b, "PEXPIRE", key, milliseconds(r.s.options.CredentialsTTL)))
	if err != nil {
		return nil, err
	}
	sealed, ok := replies[0].([]byte)
	if !ok {
		return nil, ErrNotFound
	}
	return open(r.s.seal.session(owner), sealed, bound)
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
	if sessions := r.list(r.dropped); len(sessions) > 0 {
		r.forget(ctx, sessions) // what fails is tried again
	}
}

// adopt puts the credentials of this node's sessions under its new name.
func (r *redisCredentials) adopt(ctx context.Context) {
	for _, session := range r.list(r.sessions) {
		key := r.key(session)
		b := appendCommand(nil, "MULTI")
		b = appendCommand(b, "HSET", key, ownerField, r.s.name())
		b = appendCommand(b, "PEXPIRE", key, milliseconds(r.s.options.CredentialsTTL))
		replies, err := r.s.ask(ctx, 4, appendCommand(b, "EXEC"))
		if err != nil {
			return
		}
		if done, _ := redis.Values(replies[3], nil); len(done) > 0 && done[0] == int64(1) {
			// Nothing was there to adopt: Redis has lost it.
			r.s.ask(ctx, 1, appendCommand(nil, "HDEL", key, ownerField))
		}
	}
}

// close removes the credentials of all sessions of this node.
func (r *redisCredentials) close(ctx context.Context) error {
	return r.forget(ctx, append(r.list(r.sessions), r.list(r.dropped)...))
}

func (r *redisCredentials) list(set map[string]struct{}) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]string, 0, len(set))
	for session := range set {
		all = append(all, session)
	}
	return all
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
