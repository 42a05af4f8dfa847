package ratelimit

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// Windows are fixed, and each key has its own.
func TestMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(0)
		count := func(key string) Count {
			c, err := m.Count(t.Context(), key, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		count("a")
		time.Sleep(59 * time.Second)
		if c := count("a"); c != (Count{2, time.Second}) {
			t.Errorf("Count within the window = %+v, want 2 and 1 s", c)
		}
		if c := count("b"); c != (Count{1, time.Minute}) {
			t.Errorf("Count of another key = %+v, want 1 and 1 min", c)
		}
		time.Sleep(time.Second)
		if c := count("a"); c != (Count{1, time.Minute}) {
			t.Errorf("Count after the window = %+v, want 1 and 1 min", c)
		}
		m.Extend(t.Context(), "a", time.Hour)
		time.Sleep(59 * time.Minute)
		if c := count("a"); c != (Count{2, time.Minute}) {
			t.Errorf("Count within an extended window = %+v, want 2 and 1 min", c)
		}
		time.Sleep(time.Minute)
		m.Extend(t.Context(), "a", time.Hour)
		if c := count("a"); c != (Count{1, time.Minute}) {
			t.Errorf("Count after an extended window = %+v, want 1 and 1 min", c)
		}
	})
}

// Keys are bounded: a stranger with many addresses cannot fill the memory, and
// what has ended goes first.
func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(100)
		for i := range 10_000 {
			m.Count(t.Context(), fmt.Sprint(i), time.Hour)
		}
		if n := len(m.windows); n > 100 {
			t.Errorf("%d windows are kept, want at most 100", n)
		}
		time.Sleep(time.Hour)
		for i := range 50 {
			m.Count(t.Context(), fmt.Sprint("new ", i), time.Hour)
		}
		for i := range 50 {
			if c, _ := m.Count(t.Context(), fmt.Sprint("new ", i), time.Hour); c.Used != 2 {
				t.Errorf("new %d was forgotten, though others had ended", i)
			}
		}
	})
}

func BenchmarkMemory(b *testing.B) {
	m := NewMemory(0)
	b.ReportAllocs()
	for b.Loop() {
		m.Count(b.Context(), "203.0.113.9", time.Second)
	}
}
