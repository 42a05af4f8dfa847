package gateway

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/platform/supervisor"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/socketio"
)

// credentials handles the event that stores a secret for an account:
//
//	42N["credentials",{"type":"credentials","actor":{"id":"al@irc.example"},"object":{"type":"credentials","password":"…"}}]
//	43N[{"type":"credentials","actor":{…},"object":{"type":"credentials"}}]
//
// The answer does not carry the secrets back.
func (s *session) credentials(e *socketio.EventPacket) {
	v, err := argument(e)
	if err != nil {
		s.answer(e.Ack, failure(nil, err))
		return
	}
	accepted, err := s.check("credentials", v)
	if err == nil {
		err = s.gateway.keep(s, accepted)
	}
	if err != nil {
		s.answer(e.Ack, failure(v, err))
		return
	}
	if body := middleware.CredentialsAck(accepted); body != nil {
		s.answer(e.Ack, body)
		return
	}
	e.Ack.Send()
}

// keep stores credentials and remembers the fingerprint of their secret.
func (g *Gateway) keep(c caller, a *middleware.Accepted) error {
	c.waits()
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	body := activity.AppendJSON(nil, a.Activity)
	if err := g.store.Credentials().Put(ctx, c.identity(), a.Platform.ID, a.ActorID, body); err != nil {
		return storeError(g.opts.Log.With("namespace", "server:core"), "store credentials", err)
	}
	g.opts.Metrics.Start(a.Platform.ID, "credentials").End("ok")
	c.setScope(account{a.Platform.ID, a.ActorID}, g.fingerprint(a.Activity.Object("object")))
	return nil
}

// stored returns what was stored for an account, nil when there is nothing.
func (g *Gateway) stored(ctx context.Context, owner queue.Owner, a account) (*activity.Object, error) {
	body, err := g.store.Credentials().Get(ctx, owner, a.platform, a.actor)
	if errors.Is(err, queue.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, storeError(g.opts.Log.With("namespace", "server:core"), "read credentials", err)
	}
	return activity.ParseObject(body)
}

// dropCredentials removes what a caller has stored.
func (g *Gateway) dropCredentials(owner string) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	if err := g.store.Credentials().Drop(ctx, owner); err != nil {
		// They have a time to live, so they go anyway, only later.
		g.opts.Log.Warn("credentials were not removed", "namespace", "server:core", "session", owner, "error", err)
	}
}

// fingerprint returns a keyed hash of the submitted credentials object that does
// not depend on the order of its members, or "" when it holds no secret. Sessions
// that submitted the same secret share an instance, so an object without one
// must never lead to somebody else's.
func (g *Gateway) fingerprint(object *activity.Object) string {
	for _, secret := range []string{"password", "token", "certificate"} { // the last has its key with it
		if object.Text(secret) != "" {
			return g.keyed(activity.AppendSorted(nil, object))
		}
	}
	return ""
}

// keyed hashes with a key of this process what becomes a scope. The ids of
// instances are made of scopes and are shown, in the log, to "ps" and to Redis:
// without the key nobody can try passwords or accounts against them.
func (g *Gateway) keyed(text []byte) string {
	mac := hmac.New(sha256.New, g.key[:])
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil))
}

// instanceKey says which instance a message for an account is for: the one of a
// stateless platform, or the one of the account in the session's scope.
func (g *Gateway) instanceKey(c caller, at account) supervisor.Key {
	if !g.persistent(at.platform) {
		return supervisor.Key{Platform: at.platform}
	}
	scope, _ := c.scope(at)
	secret := scope != ""
	if !secret {
		scope = g.anonymous.scope(at, c, g.keyed([]byte(c.identity().ID)), g.isPresent, g.instanceIDs)
	}
	return supervisor.Key{Platform: at.platform, Actor: at.actor, Scope: scope, Secret: secret}
}

// isPresent reports whether a session's client is there now, or may come back: the
// latter does not keep its connections from its own next page, which has proof.
func (g *Gateway) isPresent(id string, held bool) bool {
	if held {
		return g.isConnected(id)
	}
	return g.session(id) != nil
}

// isConnected reports whether a session's client is there now.
func (g *Gateway) isConnected(id string) bool {
	s := g.session(id)
	return s != nil && s.socket.Connected()
}

// instanceIDs returns the ids of all instances that are known.
func (g *Gateway) instanceIDs() map[string]bool {
	ids := make(map[string]bool)
	for _, in := range g.manager.Instances() {
		ids[in.ID] = true
	}
	return ids
}
