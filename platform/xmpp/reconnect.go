package xmpp

import (
	"context"
	"math/rand/v2"
	"time"
)

// reconnect tries until it succeeds, the server refuses for good, or ctx ends. The
// waits grow as long as no connection lasts.
func (l *login) reconnect(ctx context.Context) (*link, error) {
	s := &l.client.settings
	if time.Since(l.began) >= s.silence {
		l.retry = 0
	}
	for {
		first := l.retry == 0
		wait := l.backOff()
		if l.elsewhere == nil || !first {
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-l.hurry:
				timer.Stop()
			case <-ctx.Done():
				timer.Stop()
				return nil, errAborted
			}
		}
		k, err := l.attempt(ctx)
		if err == nil {
			return k, nil
		}
		lost := asStreamError(err)
		if lost.final || ctx.Err() != nil {
			return nil, lost
		}
		l.client.mu.Lock()
		l.reason = lost.message()
		l.client.mu.Unlock()
		l.answer(l.refusal(err))
	}
}

// backOff is the wait before the next attempt: twice that before the last one, and
// half of it is left to chance, so that not all users come at once.
func (l *login) backOff() time.Duration {
	s := &l.client.settings
	if l.retry == 0 {
		l.retry = s.firstRetry
	}
	wait := l.retry
	l.retry = min(2*wait, s.lastRetry)
	return wait/2 + time.Duration(rand.Int64N(int64(wait)/2+1))
}
