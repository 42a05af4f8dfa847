package webfetch

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// Entry is what a Cache remembers of a key.
type Entry[T any] struct {
	Value        T
	Err          error // remembered instead of a value, as for a page that is gone
	ETag         string
	LastModified string
	Fresh        time.Time // until then nobody is asked again
	Size         int64     // of Value in memory, about, in bytes
}

// Cache lets many ask for what one fetch finds out. While a value is loaded,
// everybody who asks for the same key waits for it; later ones get it from
// memory while it is fresh, and after that load is given the old entry, whose
// validators make the request conditional. Values are shared and must not be
// changed. The least recently used entries are forgotten first.
type Cache[T any] struct {
	maxEntries int
	maxBytes   int64

	mu      sync.Mutex // guards the fields below; never held while loading
	bytes   int64
	recent  *list.List // of *kept[T], the most recently used in front
	entries map[string]*list.Element
	flights map[string]*flight[T]
}

type kept[T any] struct {
	key   string
	entry Entry[T]
}

// flight is a load that is under way. The last one who stops waiting ends it.
type flight[T any] struct {
	done    chan struct{} // closed when entry and err are set
	entry   Entry[T]
	err     error
	waiting int // guarded by Cache.mu
	cancel  context.CancelCauseFunc
}

// NewCache returns a cache for so many entries, and bytes of Entry.Size in all.
func NewCache[T any](maxEntries int, maxBytes int64) *Cache[T] {
	return &Cache[T]{
		maxEntries: maxEntries, maxBytes: maxBytes,
		recent: list.New(), entries: map[string]*list.Element{}, flights: map[string]*flight[T]{},
	}
}

// Get returns the value for key, or the error that is remembered instead. load
// runs at most once at a time for a key; its context ends when nobody waits any
// more, not when one of several gives up. What it returns is remembered, unless
// it is an error: then the old entry stays. old is nil when there is none.
func (c *Cache[T]) Get(ctx context.Context, key string, load func(ctx context.Context, old *Entry[T]) (Entry[T], error)) (T, error) {
	c.mu.Lock()
	old := c.find(key)
	if old != nil && time.Now().Before(old.Fresh) {
		entry := *old
		c.mu.Unlock()
		return entry.Value, entry.Err
	}
	f := c.flights[key]
	if f == nil {
		loading, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
		f = &flight[T]{done: make(chan struct{}), cancel: cancel}
		c.flights[key] = f
		if old != nil {
			entry := *old
			old = &entry
		}
		go func() {
			f.entry, f.err = load(loading, old)
			c.land(key, f)
		}()
	}
	f.waiting++
	c.mu.Unlock()

	select {
	case <-f.done:
		c.leave(key, f)
	case <-ctx.Done():
		if c.leave(key, f) {
			// Nobody else waits: its owner sees the load out.
			f.cancel(context.Cause(ctx))
			<-f.done
		}
		var none T
		return none, ended(ctx)
	}
	if f.err != nil {
		var none T
		return none, f.err
	}
	return f.entry.Value, f.entry.Err
}

// ended words why a job gave up waiting.
func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{Timeout, textTimeout, context.Cause(ctx)}
	}
	return &Error{Failed, "the request was cancelled", context.Cause(ctx)}
}

// leave reports that the one who left was the last.
func (c *Cache[T]) leave(key string, f *flight[T]) (last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.waiting--
	if f.waiting == 0 && c.flights[key] == f {
		// Who asks from now on must not get what is about to be cancelled.
		delete(c.flights, key)
	}
	return f.waiting == 0
}

// land remembers what a load found and wakes those who wait.
func (c *Cache[T]) land(key string, f *flight[T]) {
	c.mu.Lock()
	if c.flights[key] == f {
		delete(c.flights, key)
	}
	if f.err == nil {
		c.keep(key, f.entry)
	}
	c.mu.Unlock()
	f.cancel(nil)
	close(f.done)
}

// find returns an entry and makes it the most recently used. c.mu is held.
func (c *Cache[T]) find(key string) *Entry[T] {
	e := c.entries[key]
	if e == nil {
		return nil
	}
	c.recent.MoveToFront(e)
	return &e.Value.(*kept[T]).entry
}

// keep stores an entry and forgets old ones. c.mu is held.
func (c *Cache[T]) keep(key string, entry Entry[T]) {
	if e := c.entries[key]; e != nil {
		c.forget(e)
	}
	if entry.Size > c.maxBytes {
		return
	}
	c.entries[key] = c.recent.PushFront(&kept[T]{key, entry})
	c.bytes += entry.Size
	for c.recent.Len() > c.maxEntries || c.bytes > c.maxBytes {
		c.forget(c.recent.Back())
	}
}

func (c *Cache[T]) forget(e *list.Element) {
	k := c.recent.Remove(e).(*kept[T])
	delete(c.entries, k.key)
	c.bytes -= k.entry.Size
}
