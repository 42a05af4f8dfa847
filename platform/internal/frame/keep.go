package frame

import (
	"errors"
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

	ownShare = 8 // of one persistent worker: an eighth of both
)

// Notes are what the workers of a platform leave for those that come after them.
// The server has some for each platform, in memory alone; a worker has its own,
// which begin with what the server's held.
type Notes struct {
	mu     sync.Mutex // guards the fields below; an innermost lock
	values map[keptBy]kept
	bytes  int // of all values in the frame
	kept   int // how many times a value was
}

// keptBy is who keeps a value, and its key. Owner is "" where there is one only:
// in a worker, and for a platform that has a single worker.
type keptBy struct{ owner, key string }

type kept struct {
	value string
	until time.Time
	order int // the later of two owners' values is told to those who have none
}

// Keep remembers a value for a time, or forgets it if that is not positive or
// the value is "". Where there is no room, those that end first go.
func (k *Notes) Keep(key, value string, d time.Duration, now time.Time) error {
	return k.keep("", key, value, d, now)
}

// keep is Keep for one of several owners. What another one keeps stays: an owner
// has its own share, makes room in that alone, and goes without where others have
// taken all there is.
func (k *Notes) keep(owner, key, value string, d time.Duration, now time.Time) error {
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
	by := keptBy{owner, key}
	k.remove(by)
	if d <= 0 || value == "" {
		return nil
	}
	if k.values == nil {
		k.values = make(map[keptBy]kept)
	}
	k.kept++
	k.values[by] = kept{value, now.Add(min(d, maxKeptFor)), k.kept}
	k.bytes += keptSize(key, value)
	share := 1
	if owner != "" {
		share = ownShare
	}
	for n, bytes := k.of(owner); n > maxKept/share || bytes > maxKeptBytes/share; n, bytes = k.of(owner) {
		k.remove(k.endsFirst(owner))
	}
	if len(k.values) <= maxKept && k.bytes <= maxKeptBytes {
		return nil
	}
	maps.DeleteFunc(k.values, func(by keptBy, v kept) bool {
		over := !now.Before(v.until)
		if over {
			k.bytes -= keptSize(by.key, v.value)
		}
		return over
	})
	if len(k.values) > maxKept || k.bytes > maxKeptBytes {
		k.remove(by)
		return errors.New("others have kept all there is room for")
	}
	return nil
}

// of counts what an owner keeps. k.mu is held.
func (k *Notes) of(owner string) (n, bytes int) {
	if owner == "" {
		return len(k.values), k.bytes
	}
	for by, v := range k.values {
		if by.owner == owner {
			n++
			bytes += keptSize(by.key, v.value)
		}
	}
	return n, bytes
}

// remove forgets a value, if there is one. k.mu is held.
func (k *Notes) remove(by keptBy) {
	if v, ok := k.values[by]; ok {
		delete(k.values, by)
		k.bytes -= keptSize(by.key, v.value)
	}
}

// endsFirst returns the key of an owner whose time ends before that of all
// others, of those that end together the smallest. k.mu is held, and there is one.
func (k *Notes) endsFirst(owner string) (first keptBy) {
	for by, v := range k.values {
		if by.owner != owner {
			continue
		}
		if until := k.values[first].until; first.key == "" || v.until.Before(until) || v.until.Equal(until) && by.key < first.key {
			first = by
		}
	}
	return first
}

// Get returns a value whose time is not over, "" if there is none.
func (k *Notes) Get(key string, now time.Time) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	v, ok := k.values[keptBy{key: key}]
	if !ok || !now.Before(v.until) {
		return ""
	}
	return v.value
}

// append appends the member of the frame "hello" for an owner, nothing if no
// value is left. Of a key that several keep it is told its own value, or else that
// which was kept last:
//
//	,"kept":{"sts irc.example":{"value":"6697","seconds":2591999}}
func (k *Notes) append(dst []byte, owner string, now time.Time) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	open := `,"kept":{`
	told := make(map[string]kept)
	own := make(map[string]bool)
	for by, v := range k.values {
		switch {
		case !now.Before(v.until):
			k.remove(by)
		case by.owner == owner:
			told[by.key], own[by.key] = v, true
		case !own[by.key] && v.order > told[by.key].order:
			told[by.key] = v
		}
	}
	for _, key := range slices.Sorted(maps.Keys(told)) {
		dst = appendKept(append(dst, open...), key, told[key].value, told[key].until.Sub(now))
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
func (k *Notes) Read(o *activity.Object, now time.Time) error {
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

// Kept is a value as one server program hands it to the next.
type Kept struct {
	Owner string    `json:"owner,omitempty"`
	Key   string    `json:"key"`
	Value string    `json:"value"`
	Until time.Time `json:"until"`
}

// Values returns all that is kept, in the order in which it was.
func (k *Notes) Values() []Kept {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := make([]Kept, 0, len(k.values))
	for _, by := range slices.SortedFunc(maps.Keys(k.values), func(a, b keptBy) int { return k.values[a].order - k.values[b].order }) {
		list = append(list, Kept{by.owner, by.key, k.values[by].value, k.values[by].until})
	}
	return list
}

// Restore keeps what Values returned, within the same bounds.
func (k *Notes) Restore(list []Kept, now time.Time) error {
	var failed error
	for _, v := range list {
		failed = errors.Join(failed, k.keep(v.Owner, v.Key, v.Value, v.Until.Sub(now), now))
	}
	return failed
}

// Hear takes a frame "keep" of the worker of an owner.
func (k *Notes) Hear(owner string, f *Frame, now time.Time) error {
	n, ok := Whole(f.Whole.Get("seconds"))
	if !ok {
		return ErrSeconds
	}
	return k.keep(owner, f.Whole.Text("key"), f.Whole.Text("value"), Duration(n, maxKeptFor), now)
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
