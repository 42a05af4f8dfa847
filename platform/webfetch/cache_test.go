package webfetch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

func fresh(v string) Entry[string] {
	return Entry[string]{Value: v, Fresh: time.Now().Add(time.Hour), Size: int64(len(v))}
}

// Many ask, one fetches.
func TestCacheOneFlight(t *testing.T) {
	c := NewCache[string](10, 1000)
	started, proceed := make(chan struct{}), make(chan struct{})
	loads := 0
	load := func(context.Context, *Entry[string]) (Entry[string], error) {
		loads++
		close(started)
		<-proceed
		return fresh("v"), nil
	}
	var all sync.WaitGroup
	ask := func() {
		if v, err := c.Get(context.Background(), "k", load); v != "v" || err != nil {
			t.Errorf("%q, %v", v, err)
		}
	}
	all.Go(ask)
	<-started
	for range 9 {
		all.Go(ask)
	}
	waitFor(t, func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.flights["k"].waiting == 10 })
	close(proceed)
	all.Wait()
	ask()
	if loads != 1 {
		t.Errorf("%d loads, want 1", loads)
	}
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

// One who gives up does not take the load from the others; the last one does.
func TestCacheLeave(t *testing.T) {
	c := NewCache[string](10, 1000)
	started, ended := make(chan struct{}), make(chan error, 1)
	load := func(ctx context.Context, _ *Entry[string]) (Entry[string], error) {
		close(started)
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return Entry[string]{}, ctx.Err()
	}
	first, leaveFirst := context.WithCancel(context.Background())
	second, leaveSecond := context.WithTimeoutCause(context.Background(), time.Hour, errTimeout)
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := c.Get(first, "k", load); ClassOf(err) != Failed {
			t.Errorf("who left: %v", err)
		}
	})
	<-started
	all.Go(func() {
		if _, err := c.Get(second, "k", nil); ClassOf(err) != Failed {
			t.Errorf("who left last: %v", err)
		}
	})
	waitFor(t, func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.flights["k"].waiting == 2 })
	leaveFirst()
	waitFor(t, func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.flights["k"].waiting == 1 })
	select {
	case err := <-ended:
		t.Errorf("the load ended with %v though somebody waits", err)
	default:
	}
	leaveSecond()
	all.Wait()
	if err := <-ended; err == nil {
		t.Error("the load ended by itself")
	}
	// A new one can be started at once.
	if v, err := c.Get(context.Background(), "k", func(context.Context, *Entry[string]) (Entry[string], error) { return fresh("new"), nil }); v != "new" {
		t.Errorf("%q, %v", v, err)
	}
}

func TestCacheRevalidation(t *testing.T) {
	c := NewCache[string](10, 1000)
	get := func(load func(*Entry[string]) (Entry[string], error)) (string, error) {
		return c.Get(context.Background(), "k", func(_ context.Context, old *Entry[string]) (Entry[string], error) { return load(old) })
	}
	stale := Entry[string]{Value: "v", ETag: `"1"`}
	get(func(old *Entry[string]) (Entry[string], error) {
		if old != nil {
			t.Errorf("old entry %v", old)
		}
		return stale, nil
	})
	failed := errors.New("down")
	for range 2 { // the old entry outlives a failure
		if _, err := get(func(old *Entry[string]) (Entry[string], error) {
			if old == nil || old.ETag != `"1"` || old.Value != "v" {
				t.Errorf("old entry %v", old)
			}
			return Entry[string]{}, failed
		}); err != failed {
			t.Error(err)
		}
	}
	gone := errors.New("gone")
	get(func(*Entry[string]) (Entry[string], error) {
		return Entry[string]{Err: gone, Fresh: time.Now().Add(time.Hour)}, nil
	})
	if _, err := get(nil); err != gone {
		t.Errorf("remembered error: %v", err)
	}
}

func TestCacheBounds(t *testing.T) {
	c := NewCache[string](3, 100)
	put := func(key string, size int64) {
		c.Get(context.Background(), key, func(context.Context, *Entry[string]) (Entry[string], error) {
			return Entry[string]{Value: key, Fresh: time.Now().Add(time.Hour), Size: size}, nil
		})
	}
	kept := func() (keys string) {
		for e := c.recent.Front(); e != nil; e = e.Next() {
			keys += e.Value.(*kept[string]).key
		}
		return keys
	}
	for i := range 4 {
		put(fmt.Sprint(i), 10)
	}
	put("1", 10) // used: the newest now
	if got := kept(); got != "132" {
		t.Errorf("kept %s, want 132", got)
	}
	put("x", 85)
	if got := kept(); got != "x1" || c.bytes != 95 {
		t.Errorf("kept %s in %d bytes, want x1 in 95", got, c.bytes)
	}
	put("y", 101)
	if got := kept(); got != "x1" {
		t.Errorf("kept %s, want x1", got)
	}
	if len(c.entries) != c.recent.Len() || len(c.flights) != 0 {
		t.Errorf("%d entries, %d flights", len(c.entries), len(c.flights))
	}
}
