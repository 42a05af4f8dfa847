package frame

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/sockethub/sockethub/activity"
)

// Bounds of what the workers of a platform may have kept. All of it is in the
// frame "hello", so maxKeptBytes counts it as it is written there.
const (
	maxKeptKey   = 256 // bytes
	maxKeptValue = 1 << 10
	maxKept      = 1000 // values
	maxKeptBytes = 384 << 10
	maxKeptFor   = 365 * 24 * time.Hour
)

// Keeper is what the workers of a platform want to be known by those that come
// after them. The server has one for each platform, in memory alone; a worker
// has its own, which begins with what the server's held.
type Keeper struct {
	mu     sync.Mutex // guards the fields below; an innermost lock
	values map[string]kept
	bytes  int // of all values in the frame
}

type kept struct {
	value string
	until time.Time
}

// Keep remembers a value for a time, or forgets it if that is not positive or
// the value is "". Where there is no room, those that end first go.
func (k *Keeper) Keep(key, value string, d time.Duration, now time.Time) error {
	switch {
	case key == "" || len(key) > maxKeptKey:
		return fmt.Errorf("the key has %d bytes, want 1 to %d", len(key), maxKeptKey)
	case len(value) > maxKeptValue:
		return fmt.Errorf("the value of %q has %d bytes, at most %d are kept", key, len(value), maxKeptValue)
	case !utf8.ValidString(key) || !utf8.ValidString(value):
		return fmt.Errorf("%q or its value is not UTF-8", key)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.remove(key)
	if d <= 0 || value == "" {
		return nil
	}
	if k.values == nil {
		k.values = make(map[string]kept)
	}
	k.values[key] = kept{value, now.Add(min(d, maxKeptFor))}
	k.bytes += keptSize(key, value)
	for len(k.values) > maxKept || k.bytes > maxKeptBytes {
		k.remove(k.endsFirst())
	}
	return nil
}

// remove forgets a value, if there is one. k.mu is held.
func (k *Keeper) remove(key string) {
	if v, ok := k.values[key]; ok {
		delete(k.values, key)
		k.bytes -= keptSize(key, v.value)
	}
}

// endsFirst returns the key whose time ends before that of all others, of those
// that end together the smallest. k.mu is held, and there is one.
func (k *Keeper) endsFirst() (first string) {
	for key, v := range k.values {
		if until := k.values[first].until; first == "" || v.until.Before(until) || v.until.Equal(until) && key < first {
			first = key
		}
	}
	return first
}

// Get returns a value whose time is not over, "" if there is none.
func (k *Keeper) Get(key string, now time.Time) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	v, ok := k.values[key]
	if !ok || !now.Before(v.until) {
		return ""
	}
	return v.value
}

// append appends the member of the frame "hello", nothing if no value is
// left:
//
//	,"kept":{"sts irc.example":{"value":"6697","seconds":2591999}}
func (k *Keeper) append(dst []byte, now time.Time) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	open := `,"kept":{`
	for _, key := range slices.Sorted(maps.Keys(k.values)) {
		v := k.values[key]
		left := v.until.Sub(now)
		if left <= 0 {
			k.remove(key)
			continue
		}
		dst = appendKept(append(dst, open...), key, v.value, left)
		open = ","
	}
	if open == "," {
		dst = append(dst, '}')
	}
	return dst
}

func appendKept(dst []byte, key, value string, left time.Duration) []byte {
	dst = activity.AppendString(dst, key)
	dst = append(dst, `:{"value":`...)
	dst = activity.AppendString(dst, value)
	dst = append(dst, `,"seconds":`...)
	dst = strconv.AppendInt(dst, seconds(left), 10)
	return append(dst, '}')
}

// keptSize is the most that appendKept needs for a value, and the comma.
func keptSize(key, value string) int { return len(appendKept(nil, key, value, maxKeptFor)) + 1 }

// Read takes over what a frame "hello" brought.
func (k *Keeper) Read(o *activity.Object, now time.Time) error {
	for i := range o.Len() {
		key, v := o.Member(i)
		about, _ := v.(*activity.Object)
		left, ok := Whole(about.Get("seconds"))
		if !ok {
			return fmt.Errorf("what was kept as %q has no \"seconds\"", key)
		}
		if err := k.Keep(key, about.Text("value"), Duration(left, maxKeptFor), now); err != nil {
			return err
		}
	}
	return nil
}

// Hear takes a frame "keep" of a worker.
func (k *Keeper) Hear(f *Frame, now time.Time) error {
	n, ok := Whole(f.Whole.Get("seconds"))
	if !ok {
		return ErrSeconds
	}
	return k.Keep(f.Whole.Text("key"), f.Whole.Text("value"), Duration(n, maxKeptFor), now)
}

// AppendKeep appends {"type":"keep","key":"…","value":"…","seconds":60}.
func AppendKeep(dst []byte, key, value string, d time.Duration) []byte {
	dst = append(dst, `{"type":"keep","key":`...)
	dst = activity.AppendString(dst, key)
	dst = append(dst, `,"value":`...)
	dst = activity.AppendString(dst, value)
	dst = append(dst, `,"seconds":`...)
	dst = strconv.AppendInt(dst, seconds(d), 10)
	return append(dst, "}\n"...)
}

// AppendLinger appends {"type":"linger","seconds":60}.
func AppendLinger(dst []byte, d time.Duration) []byte {
	dst = append(dst, `{"type":"linger","seconds":`...)
	dst = strconv.AppendInt(dst, seconds(d), 10)
	return append(dst, "}\n"...)
}

// seconds rounds a time up to whole seconds; a negative one is 0.
func seconds(d time.Duration) int64 {
	d = max(d, 0)
	n := int64(d / time.Second)
	if d%time.Second > 0 {
		n++
	}
	return n
}

// Duration is the time that a frame says in seconds, at most limit.
func Duration(seconds int64, limit time.Duration) time.Duration {
	if seconds > int64(limit/time.Second) {
		return limit
	}
	return time.Duration(seconds) * time.Second
}
