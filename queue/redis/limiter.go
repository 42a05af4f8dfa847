package redis

import (
	"context"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/ratelimit"
)

// limiter counts for all nodes of a namespace together.
//
//	MULTI  SET sockethub:NS:rate:NAME 0 PX window NX  INCR …  PTTL …  EXEC
type limiter struct{ s *store }

func (r limiter) Count(ctx context.Context, key string, window time.Duration) (ratelimit.Count, error) {
	key = r.key(key)
	length := milliseconds(max(window, time.Millisecond))
	b := appendCommand(nil, "MULTI")
	b = appendCommand(b, "SET", key, "0", "PX", length, "NX")
	b = appendCommand(b, "INCR", key)
	b = appendCommand(b, "PTTL", key)
	replies, err := r.s.ask(ctx, 5, appendCommand(b, "EXEC"))
	if err != nil {
		return ratelimit.Count{}, err
	}
	done, err := redigo.Values(replies[4], nil)
	if err != nil || len(done) != 3 {
		return ratelimit.Count{}, errForeign
	}
	used, _ := done[1].(int64)
	left, _ := done[2].(int64)
	if left < 0 {
		// The key ended between SET and INCR, which made it anew without an end.
		if _, err := r.s.ask(ctx, 1, appendCommand(nil, "PEXPIRE", key, length)); err != nil {
			return ratelimit.Count{}, err
		}
		return ratelimit.Count{Used: int(used), Reset: window}, nil
	}
	return ratelimit.Count{Used: int(used), Reset: time.Duration(left) * time.Millisecond}, nil
}

// key is that of a counter: its own names a client's address.
func (r limiter) key(of string) string { return r.s.prefix + "rate:" + r.s.seal.name("rate", of) }

func (r limiter) Extend(ctx context.Context, key string, left time.Duration) error {
	key = r.key(key)
	_, err := r.s.ask(ctx, 1, appendCommand(nil, "PEXPIRE", key, milliseconds(max(left, time.Millisecond))))
	return err
}
