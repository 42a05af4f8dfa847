package irc

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/irc/wire"
)

// group are lines that go out together, as one of what the bucket counts.
type group []wire.Message

// command sends lines, and waits for what the server says of them. With an error
// that the server gave for the first lines the rest is not sent.
func (l *login) command(ctx context.Context, w *wait, groups ...group) error {
	k, err := l.enqueue(w)
	if err != nil {
		return err
	}
	defer l.dequeue(w)
	for i, g := range groups {
		if err := l.pace(ctx); err != nil {
			return err
		}
		stop := i > 0 && l.isRefused(w)
		if stop {
			g = nil
		}
		if stop || i == len(groups)-1 {
			g = withBarrier(w, g)
		} else if w.labels {
			g = g.labelled(w.token + "." + strconv.Itoa(i+1))
		}
		if err := k.write(g...); err != nil {
			return l.writeError(err)
		}
		if stop {
			break
		}
	}
	return l.await(ctx, w)
}

// enqueue makes the state look for what answers a command.
func (l *login) enqueue(w *wait) (*link, error) {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	if l.state == nil {
		return nil, platform.Plain("not connected to " + l.credentials.server + ", reconnecting: " + l.reason)
	}
	l.tokens++
	w.token = "sh-" + strconv.FormatUint(l.tokens, 10)
	w.labels = l.state.caps["labeled-response"] && l.state.caps["batch"]
	w.outcome = make(chan error, 1)
	l.state.jobs = append(l.state.jobs, w)
	return l.link, nil
}

func (l *login) dequeue(w *wait) {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	if l.state != nil {
		l.state.jobs = slices.DeleteFunc(l.state.jobs, func(other *wait) bool { return other == w })
	}
}

func (l *login) isRefused(w *wait) bool {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	return w.refused != nil
}

// withBarrier labels the last lines of a command, or adds a PING.
func withBarrier(w *wait, g group) group {
	if len(g) > 0 && w.labels {
		return g.labelled(w.token)
	}
	return append(slices.Clone(g), wire.NewText("PING", w.token))
}

// labelled labels the first of the lines, which opens a batch where there are
// several.
func (g group) labelled(label string) group {
	g = slices.Clone(g)
	g[0] = g[0].With("label", label)
	return g
}

// await waits for the outcome of a command that was sent.
func (l *login) await(ctx context.Context, w *wait) error {
	limit := l.client.settings.replyTimeout
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case err := <-w.outcome:
		return err
	case <-timer.C:
		return platform.Plain(fmt.Sprintf("no answer from the server within %v", limit))
	case <-ctx.Done():
		return platform.Plain("no answer from the server in time")
	}
}

// pace waits until one more line may go out.
func (l *login) pace(ctx context.Context) error {
	l.client.mu.Lock()
	wait := l.bucket.take(1, time.Now())
	l.client.mu.Unlock()
	if wait == 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return platform.Plain("not sent: the server takes no more lines at a time")
	}
}

func (l *login) writeError(err error) error {
	if slices.Contains([]error{wire.ErrControl, wire.ErrWord, wire.ErrCommand, wire.ErrTooMany}, err) {
		return platform.Plain(err.Error())
	}
	return platform.Plain("Connection lost: " + lostText(err))
}

// snapshot lets f look at the state, if there is a connection.
func (l *login) snapshot(f func(s *state)) error {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	if l.state == nil {
		return platform.Plain("not connected to " + l.credentials.server + ", reconnecting: " + l.reason)
	}
	f(l.state)
	return nil
}
