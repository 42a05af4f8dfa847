package redis_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/queue/queuetest"
	"github.com/sockethub/sockethub/queue/redis"
)

func TestRedis(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	queuetest.Run(t, func(t *testing.T) queue.Store { return r.open() })
	if keys := r.keys(); len(keys) != 0 {
		t.Errorf("keys are left after Close: %q", keys)
	}
}

// Options that make no sense are told before anything is connected to.
func TestOptions(t *testing.T) {
	for _, o := range []queue.Options{
		{MaxQueuedJobs: -1}, {MaxCredentials: -1}, {MaxReplayLines: -1}, {MaxReplayBytes: -1},
	} {
		if _, err := redis.Open(t.Context(), redis.Options{Options: o, URL: "redis://127.0.0.1:1"}); err == nil || errors.Is(err, queue.ErrUnavailable) {
			t.Errorf("Open(%+v): %v, want an error about the option", o, err)
		}
	}
}

// What a session stores while its node writes everything again is what is there
// afterwards, and a session that ends meanwhile leaves nothing.
func TestCredentialsWhileAdopted(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	s := r.open()
	defer s.Close(context.Background())
	ctx, cancel := context.WithCancel(t.Context())
	var adopting sync.WaitGroup
	for range 2 {
		adopting.Go(func() {
			for ctx.Err() == nil {
				redis.AdoptCredentials(ctx, s)
			}
		})
	}
	c := s.Credentials()
	for i := range 300 {
		want := fmt.Sprint(i)
		if err := c.Put(t.Context(), alice, "irc", "al", []byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Get(t.Context(), alice, "irc", "al"); err != nil || string(got) != want {
			t.Fatalf("Get after Put = %q, %v, want %q", got, err, want)
		}
		if i%10 == 9 {
			if err := c.Drop(t.Context(), alice.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	cancel()
	adopting.Wait()
	if keys := strings.Join(r.keys(), " "); strings.Contains(keys, "credentials:") {
		t.Errorf("a session that has ended left %s", keys)
	}
}

// Close ends all goroutines of a store, also of one whose Redis is gone.
func TestCloseEndsGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	r := startRedis(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, lost := range []bool{false, true} {
		s := r.open()
		mustPush(t, s, job("irc", "x"), 0)
		if lost {
			r.kill()
			eventually(t, "the loss is noticed", func() bool { return s.Ready() != nil })
			short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			s.Close(short)
		} else if err := s.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
		eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
	}
}
