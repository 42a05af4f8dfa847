package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
)

// look cleans up after dead nodes, and makes up for what could not be written
// while the store was lost, as long as the store is open.
func (s *store) look(ctx context.Context) {
	ticker := time.NewTicker(s.options.timing.beat)
	defer ticker.Stop()
	said := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.adopt:
			s.creds.adopt(ctx)
			s.answers.adopt(ctx)
			continue
		case <-ticker.C:
		}
		s.creds.dropLate(ctx)
		s.answers.completeLate(ctx)
		err := s.settleDead(ctx)
		if err != nil && !said && !errors.Is(err, queue.ErrUnavailable) && ctx.Err() == nil {
			s.log.Warn("look for dead nodes", "error", detail(err))
		}
		said = err != nil
	}
}

// settleDead settles each node whose sign of life has expired, or whose process
// ran here and is gone.
func (s *store) settleDead(ctx context.Context) error {
	replies, err := s.ask(ctx, 1, appendCommand(nil, "SMEMBERS", s.prefix+"nodes"))
	if err != nil {
		return err
	}
	nodes, err := redigo.Strings(replies[0], nil)
	if err != nil {
		return err
	}
	for _, node := range nodes {
		s.mu.Lock()
		ours := s.isOurs(node)
		s.mu.Unlock()
		if ours {
			continue
		}
		replies, err := s.ask(ctx, 1, appendCommand(nil, "GET", s.keysOf(node).alive))
		if err != nil {
			return err
		}
		sign, _ := replies[0].([]byte)
		if sign != nil && !s.self.gone(string(sign)) {
			continue
		}
		if err := s.settle(ctx, node, string(sign)); err != nil {
			return fmt.Errorf("settle node %s: %w", node, err)
		}
	}
	return nil
}

// settle removes what a dead node has left: its jobs, which nobody can run any
// more, and the credentials of its owners, which nobody can open. Records of
// its requests are completed when somebody asks for them.
//
// It has a connection of its own for as long as it takes, because WATCH concerns
// a whole connection: only the one that finds the sign of life unchanged settles the node.
// Everything is found by looking at all keys: no index could be wrong.
func (s *store) settle(ctx context.Context, node, sign string) error {
	raw, c, err := s.target.dial(ctx, s.options.timing, nil)
	if err != nil {
		return err
	}
	defer raw.Close()
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	keys := s.keysOf(node)
	taken, err := s.takeOver(c, keys.alive, sign)
	if err != nil || !taken {
		return err
	}
	jobs := 0
	err = scan(ctx, func(all []string) error {
		raw.SetDeadline(time.Now().Add(s.options.timing.reply))
		for _, key := range all {
			n, remove, err := s.leftBy(c, node, key)
			if err != nil {
				return err
			}
			jobs += n
			if !remove {
				continue
			}
			if _, err := run(c, "DEL", key); err != nil {
				return err
			}
		}
		_, err := run(c, "PEXPIRE", keys.alive, milliseconds(s.options.timing.alive))
		return err
	}, func(cursor string) (any, error) {
		return run(c, "SCAN", cursor, "MATCH", s.prefix+"*", "COUNT", scanCount)
	})
	if err != nil {
		return err
	}
	if _, err := transact(c, []any{"SREM", s.prefix + "nodes", node}, []any{"DEL", keys.alive}); err != nil {
		return err
	}
	s.mu.Lock()
	s.dead++
	s.deadJobs += uint64(jobs)
	s.mu.Unlock()
	s.log.Info("settled a dead node", "node", node, "jobs", jobs)
	return nil
}

// takeOver makes this process the only one that settles a node.
func (s *store) takeOver(c redigo.Conn, alive, sign string) (bool, error) {
	if _, err := run(c, "WATCH", alive); err != nil {
		return false, err
	}
	now, err := redigo.String(run(c, "GET", alive))
	if err != nil && !errors.Is(err, redigo.ErrNil) {
		return false, err
	}
	if now != sign {
		return false, nil
	}
	done, err := transact(c, []any{"SET", alive, s.sign, "PX", milliseconds(s.options.timing.alive)})
	return done != nil, err
}

// leftBy reports whether a key is what a dead node left, and how many jobs it holds.
func (s *store) leftBy(c redigo.Conn, node, key string) (jobs int, remove bool, err error) {
	keys := s.keysOf(node)
	switch {
	case key == keys.active:
		jobs, err = redigo.Int(run(c, "HLEN", key))
		return max(0, jobs-1), true, ignoreForeign(err)
	case strings.HasPrefix(key, keys.waiting):
		jobs, err = redigo.Int(run(c, "LLEN", key))
		return jobs, true, ignoreForeign(err)
	case strings.HasPrefix(key, s.prefix+credentialsPrefix):
		whose, err := redigo.String(run(c, "HGET", key, nodeField))
		if errors.Is(err, redigo.ErrNil) {
			return 0, false, nil
		}
		return 0, whose == node, ignoreForeign(err)
	}
	return 0, false, nil
}

// ignoreForeign takes a key of another type as one that holds nothing of ours.
func ignoreForeign(err error) error {
	if codeOf(err) == errForeignCode {
		return nil
	}
	return err
}

// scanCount is how many keys Redis looks at for one page: some 100 µs of its time.
const scanCount = "1000"

// scan walks over the keys that SCAN finds. next asks for the page at a cursor.
func scan(ctx context.Context, each func(keys []string) error, next func(cursor string) (any, error)) error {
	cursor := "0"
	for {
		reply, err := next(cursor)
		if err != nil {
			return err
		}
		page, err := redigo.Values(reply, nil)
		if err != nil || len(page) != 2 {
			return errForeign
		}
		if cursor, err = redigo.String(page[0], nil); err != nil {
			return errForeign
		}
		keys, err := redigo.Strings(page[1], nil)
		if err != nil {
			return errForeign
		}
		if len(keys) > 0 {
			if err := each(keys); err != nil {
				return err
			}
		}
		if cursor == "0" {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}
