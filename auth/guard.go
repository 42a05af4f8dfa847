package auth

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/sockethub/sockethub/ratelimit"
)

// Namespace is that of every line of the audit log. A line has a token's name and
// an address, and nothing else of the client.
const Namespace = "audit"

// Guard lets in who shows a token. Any number of goroutines may use it.
type Guard struct {
	keeper  *Keeper
	lockout *ratelimit.Lockout
	log     *slog.Logger
}

// NewGuard makes a guard that counts wrong tokens of an address in counter:
// l.Max of them within l.Window keep the address out for l.Block.
func NewGuard(k *Keeper, counter ratelimit.Counter, l ratelimit.Limit, log *slog.Logger) *Guard {
	return &Guard{keeper: k, lockout: ratelimit.NewLockout("auth ", counter, l), log: log.With("namespace", Namespace)}
}

// Refusal is why a client is not let in. Its text and code are for the client, and
// do not tell what is wrong with a token.
type Refusal struct {
	Text  string
	Code  string        // "unauthorized" or "rate_limited"
	Retry time.Duration // of "rate_limited": when it may be tried again
}

func (e *Refusal) Error() string { return e.Text }

// Codes of a Refusal.
const (
	CodeUnauthorized = "unauthorized"
	CodeRateLimited  = "rate_limited"
)

var errUnauthorized = &Refusal{Text: "a valid token is needed", Code: CodeUnauthorized}

// countTimeout bounds the wait for a counter that others share.
const countTimeout = 2 * time.Second

// Check returns the token that a digest belongs to. An error is a *Refusal. A
// client that shows none is refused and not counted: it has guessed nothing. An
// address that was wrong too often is refused whatever it shows, else it could go
// on guessing.
func (g *Guard) Check(ctx context.Context, address string, d Digest) (*Token, error) {
	if left := g.lockout.Left(address); left > 0 {
		return nil, blocked(left)
	}
	t := g.keeper.list.Load().find(d)
	if t != nil && !t.expired(time.Now()) {
		g.log.Info("token used", "name", t.Name, "address", address)
		return t, nil
	}
	if d == None {
		g.log.Info("refused: no token", "address", address)
		return nil, errUnauthorized
	}
	if t != nil {
		g.log.Warn("refused: token has expired", "name", t.Name, "address", address)
	} else {
		g.log.Warn("refused: wrong token", "address", address)
	}
	ctx, cancel := context.WithTimeout(ctx, countTimeout)
	defer cancel()
	if left := g.lockout.Failed(ctx, address); left > 0 {
		g.log.Warn("refused from now on: too many wrong tokens", "address", address, "for", left)
	}
	return nil, errUnauthorized
}

func blocked(left time.Duration) *Refusal {
	return &Refusal{Text: "too many wrong tokens from this address, try again later", Code: CodeRateLimited, Retry: left}
}

// Lockout keeps out the addresses that were wrong too often.
func (g *Guard) Lockout() *ratelimit.Lockout { return g.lockout }

// Blocked returns how long an address is still kept out, 0 if it is not.
func (g *Guard) Blocked(address string) time.Duration { return g.lockout.Left(address) }

// Still reports whether a token that was let in is in force as it was then:
// neither taken out nor expired, nor for other platforms by now.
func (g *Guard) Still(t *Token) bool {
	now := g.keeper.list.Load().byName[t.Name]
	return now != nil && now.digest == t.digest && slices.Equal(now.Platforms, t.Platforms) && !now.expired(time.Now())
}

// Same reports whether a digest is that of a token that is still in force: it is
// for who comes back.
func (g *Guard) Same(t *Token, d Digest) bool { return t.digest.Equal(d) && g.Still(t) }

// Ended notes that a session ends since its token is not in force any more.
func (g *Guard) Ended(t *Token, address string) {
	g.log.Warn("session ended: its token was taken out or has expired", "name", t.Name, "address", address)
}

// Watch looks at the file until ctx ends: see Keeper.Watch.
func (g *Guard) Watch(ctx context.Context, look func()) { g.keeper.Watch(ctx, look) }
