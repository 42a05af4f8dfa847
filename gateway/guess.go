package gateway

import (
	"context"
	"time"

	"github.com/sockethub/sockethub/auth"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/supervisor"
	"github.com/sockethub/sockethub/remote"
)

// Credentials and a message that connects nothing lead to a running instance if
// the secret is right, and nobody asks the account's server whether it is. So wrong
// ones are counted, for each account and subscriber, and after some in a window
// right ones are refused too. A client that connects first is never counted.
// A connect with a wrong secret asks the server, which counts for itself.
const (
	wrongSecrets = 10
	wrongWindow  = time.Minute
)

var errTooManySecrets = &platform.JobError{
	Text: "too many messages for connections that there are not; connect, or try again later",
	Code: auth.CodeRateLimited,
}

// guarded finds the instance of a message that does not connect and is for one that
// credentials lead to.
func (g *Gateway) guarded(c caller, at account) (*supervisor.Instance, error) {
	key := at.platform + " " + at.actor + " " + remote.Subscriber(c.from())
	if g.guesses.Used(key) >= wrongSecrets {
		return nil, errTooManySecrets
	}
	in, err := g.find(c, at)
	if err == nil && in.Key().Secret && !in.Busy() {
		_, _ = g.guesses.Count(context.Background(), key, wrongWindow) // memory does not fail
	}
	return in, err
}
