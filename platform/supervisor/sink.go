package supervisor

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/queue"
)

// Key names an instance. Actor and Scope are "" for a stateless platform.
type Key struct {
	Platform string
	Actor    string
	Scope    string // who may share the instance; the caller's to choose, never shown
	Secret   bool   // nobody has the scope without knowing a secret; not a part of the id
}

// ID is the key's hash in hexadecimal: of the platform's name for a stateless
// platform, else of the JSON array of all three.
func (k Key) ID() string {
	text := []byte(k.Platform)
	if k.Actor != "" || k.Scope != "" {
		text = activity.AppendJSON(nil, []any{k.Platform, k.Actor, k.Scope})
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Message is what an instance is to act on.
type Message struct {
	Asker       Asker            // is told the result; must be set
	Owner       queue.Owner      // the session that asks; Owner.ID names it
	Address     string           // the client's IP address
	Token       string           // the name of the one that the client was let in with, "" if none
	Deadline    time.Time        // zero means Options.JobTimeout from now
	Activity    *activity.Object // must not be changed before Submit has returned
	Credentials *activity.Object // what the session stored for the actor; nil for nothing
}

// Asker is who waits for the result of a message.
type Asker interface {
	// Result is called exactly once for each message that Submit accepted, by the
	// goroutine that reads a worker's output, by Submit, or by whatever ends an
	// instance: outside all locks, and it should not wait for anything. err is nil
	// or a *platform.JobError; out may be nil, which stands for the message's own
	// activity. With an error, out holds members to add to that.
	Result(in *Instance, out *activity.Object, err error)
}

// Sink takes what workers say unasked. Its methods are called by the goroutine
// that reads a worker's output, outside all locks, and should not wait for
// anything.
type Sink interface {
	// Event is an activity that a platform sends by itself: to one session, to
	// all attached ones but one, or to all when both are "".
	Event(in *Instance, a *activity.Object, session, except string)

	// Actor tells that the instance goes by another key.
	Actor(in *Instance, old, now Key)

	// Unauthorized tells that a session failed the instance's check of
	// credentials, and is to be detached from it.
	Unauthorized(in *Instance, session string)

	// Ended tells that the worker of a persistent instance died by itself,
	// with the reason in words: "killed by SIGKILL".
	Ended(in *Instance, reason string)
}
