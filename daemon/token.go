package daemon

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sockethub/sockethub/auth"
	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/ratelimit"
)

// newGuard returns what asks clients for a token, nil where none is needed.
func newGuard(c *config.Config, store queue.Store, log *slog.Logger) (*auth.Guard, error) {
	if !c.Auth.Required {
		return nil, nil
	}
	if _, err := countTokens(c); err != nil {
		return nil, err
	}
	keeper, err := auth.Open(c.Auth.Preshared.TokenFile, log)
	if err != nil {
		return nil, fmt.Errorf("auth.backends.preshared.tokenFile: %w", err)
	}
	l := c.Auth.RateLimiter
	return auth.NewGuard(keeper, store.Limiter(), ratelimit.Limit{Max: l.MaxAttempts, Window: l.Window, Block: l.BlockDuration}, log), nil
}

// countTokens returns how many tokens there are. None is an error: nobody could
// come in.
func countTokens(c *config.Config) (int, error) {
	list, err := auth.Read(c.Auth.Preshared.TokenFile)
	switch {
	case err != nil:
		return 0, fmt.Errorf("auth.backends.preshared.tokenFile: %w", err)
	case len(list.Tokens()) == 0:
		return 0, fmt.Errorf("auth.backends.preshared.tokenFile: %s has no token: nobody could come in", c.Auth.Preshared.TokenFile)
	}
	return len(list.Tokens()), nil
}

// token changes the file of tokens, or lists it. A running server follows.
func (p *program) token(c *config.Config) int {
	file, asked := c.Auth.Preshared.TokenFile, p.command.Token
	if file == "" {
		return p.refuse(errors.New("auth.backends.preshared.tokenFile (SOCKETHUB_AUTH_TOKEN_FILE) does not say which file"))
	}
	switch p.command.Target {
	case "list":
		return p.listTokens(file)
	case "remove":
		if err := auth.Remove(file, asked.Name); err != nil {
			return p.refuse(err)
		}
		fmt.Fprintf(p.stdout, "%s is taken out of %s; its sessions end within 10 s\n", asked.Name, file)
		return 0
	}
	for _, name := range asked.Platforms {
		if !slices.ContainsFunc(c.Platforms, func(known config.Platform) bool { return known.Name == name }) {
			return p.refuse(fmt.Errorf("--platform: this server has no platform %q", name))
		}
	}
	expires, err := expiry(asked.Expires, time.Now())
	if err != nil {
		return p.refuse(err)
	}
	token, err := auth.Add(file, auth.Token{Name: asked.Name, Platforms: asked.Platforms, Expires: expires})
	if err != nil {
		return p.refuse(err)
	}
	// The token alone is on the standard output, for scripts.
	fmt.Fprintln(p.stdout, token)
	fmt.Fprintf(p.stderr, "this is the token of %s; it is kept nowhere and not shown again\n", asked.Name)
	return 0
}

func (p *program) listTokens(file string) int {
	list, err := auth.Read(file)
	if err != nil {
		return p.refuse(err)
	}
	for _, t := range list.Tokens() {
		platforms, until := "all platforms", "for ever"
		if t.Platforms != nil {
			platforms = strings.Join(t.Platforms, ",")
		}
		switch {
		case t.Expires.IsZero():
		case !time.Now().Before(t.Expires):
			until = "expired " + t.Expires.UTC().Format(time.RFC3339)
		default:
			until = "until " + t.Expires.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(p.stdout, "%s\t%s\t%s\n", t.Name, platforms, until)
	}
	return 0
}

// expiry reads a time, or how long it is until then: 90d, 12h. "" is never.
func expiry(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 36500 {
			return now.AddDate(0, 0, n).UTC().Truncate(time.Second), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(d).UTC().Truncate(time.Second), nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		if !at.After(now) {
			return at, fmt.Errorf("--expires: %s is over", text)
		}
		return at, nil
	}
	return time.Time{}, fmt.Errorf("--expires: found %q, allowed: 90d, 12h, or a time as 2027-01-31T00:00:00Z", text)
}
