package redis

import "context"

// turn is a lock that may be held across I/O and waited for with a context: a
// channel that holds a token while somebody is at work.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// acquire waits for the turn; release gives it back.
func (t turn) acquire(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t turn) release() { <-t }
