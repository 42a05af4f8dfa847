package frame

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
)

func TestNotes(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	var k Notes
	for _, tt := range []struct {
		name, key, value string
		d                time.Duration
		err              string
	}{
		{"a value", "a", "1", time.Hour, ""},
		{"an empty key", "", "1", time.Hour, "the key has 0 bytes, want 1 to 256"},
		{"the longest key", strings.Repeat("k", 256), "1", time.Hour, ""},
		{"a key one byte longer", strings.Repeat("k", 257), "1", time.Hour, "the key has 257 bytes, want 1 to 256"},
		{"the longest value", "long", strings.Repeat("v", 1024), time.Hour, ""},
		{"a value one byte longer", "longer", strings.Repeat("v", 1025), time.Hour, `the value of "longer" has 1025 bytes, at most 1024 are kept`},
		{"no UTF-8", "a\xff", "1", time.Hour, `"a\xff" or its value is not UTF-8`},
		{"a value that is no UTF-8", "c", "\xff", time.Hour, `"c" or its value is not UTF-8`},
		{"no time", "never", "1", 0, ""},
		{"time in the past", "past", "1", -time.Second, ""},
		{"nothing", "empty", "", time.Hour, ""},
		{"for ever", "ever", "1", math.MaxInt64, ""},
		{"to be forgotten", "b", "1", time.Hour, ""},
		{"forgotten", "b", "2", 0, ""},
		{"kept again", "a", "2", time.Minute, ""},
	} {
		if err := k.Keep(tt.key, tt.value, tt.d, now); err != nil != (tt.err != "") || err != nil && err.Error() != tt.err {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.err)
		}
	}
	for _, tt := range []struct {
		key   string
		after time.Duration
		want  string
	}{
		{"a", 0, "2"}, {"a", time.Minute - 1, "2"}, {"a", time.Minute, ""},
		{"ever", maxKeptFor - 1, "1"}, {"ever", maxKeptFor, ""},
		{strings.Repeat("k", 256), 0, "1"}, {"long", 0, strings.Repeat("v", 1024)},
		{"b", 0, ""}, {"never", 0, ""}, {"past", 0, ""}, {"empty", 0, ""}, {"longer", 0, ""}, {"", 0, ""},
	} {
		if got := k.Get(tt.key, now.Add(tt.after)); got != tt.want {
			t.Errorf("%.20q after %s: %.20q, want %.20q", tt.key, tt.after, got, tt.want)
		}
	}
	if n := len(k.values); n != 4 {
		t.Errorf("%d values are kept, want 4", n)
	}
}

// Where there is no room, what ends first goes; the frame that holds all fits.
func TestNotesAreBounded(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	for _, tt := range []struct {
		name, value string
	}{
		{"many", "1"},
		{"large", strings.Repeat("v", maxKeptValue)},
		{"large on the wire", strings.Repeat("\x01", maxKeptValue)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var k Notes
			for i := range maxKept + 200 {
				// The later it comes, the earlier it ends, but for the last.
				d := time.Duration(2*maxKept-i) * time.Minute
				if i == maxKept+199 {
					d = maxKeptFor
				}
				if err := k.Keep(fmt.Sprint("key ", i), tt.value, d, now); err != nil {
					t.Fatal(err)
				}
			}
			if len(k.values) > maxKept || k.bytes > maxKeptBytes {
				t.Errorf("%d values of %d bytes are kept", len(k.values), k.bytes)
			}
			for _, key := range []string{"key 0", fmt.Sprint("key ", maxKept+199)} {
				if k.Get(key, now) == "" {
					t.Errorf("%q is lost", key)
				}
			}
			if k.Get(fmt.Sprint("key ", maxKept+198), now) != "" {
				t.Error("what ends first is kept")
			}
			config := `{"x":"` + strings.Repeat("x", MaxConfig-8) + `"}`
			hello := AppendHello(nil, "irc", "2f8c", []byte(config), nil, time.Hour, "debug", MaxResult, &k)
			if len(hello) > Max {
				t.Errorf("the frame has %d bytes", len(hello))
			}
			for by := range k.values {
				if err := k.Keep(by.key, "", 0, now); err != nil {
					t.Fatal(err)
				}
			}
			if k.bytes != 0 {
				t.Errorf("%d bytes are counted when nothing is kept", k.bytes)
			}
		})
	}
}

// Whatever one worker keeps, the others lose nothing, and a key that two of them
// keep means to each what it kept.
func TestNotesHaveOwners(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	var k Notes
	keep := func(owner, key, value string) error { return k.keep(owner, key, value, time.Hour, now) }
	if err := keep("a", "sts irc.example", "6697"); err != nil {
		t.Fatal(err)
	}
	if err := keep("b", "sts irc.example", "1"); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for owner := range 2 * ownShare {
		for i := range maxKept {
			if keep(fmt.Sprint("hostile ", owner), fmt.Sprint("key ", i), "x") != nil {
				refused++
			}
		}
	}
	if len(k.values) > maxKept || refused == 0 {
		t.Errorf("%d values are kept, %d were refused", len(k.values), refused)
	}
	for owner, want := range map[string]string{"a": "6697", "b": "1", "c": "1"} {
		if got := string(k.append(nil, owner, now)); !strings.Contains(got, `"sts irc.example":{"value":"`+want+`"`) {
			t.Errorf("%s is not told %q", owner, want)
		}
	}
}

func TestSeconds(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want int64
	}{{0, 0}, {-time.Hour, 0}, {math.MinInt64, 0}, {1, 1}, {time.Second, 1}, {time.Second + 1, 2}, {math.MaxInt64, 9223372037}} {
		if got := seconds(tt.d); got != tt.want {
			t.Errorf("seconds(%d) = %d, want %d", tt.d, got, tt.want)
		}
	}
	for _, tt := range []struct {
		n           int64
		limit, want time.Duration
	}{
		{0, time.Minute, 0}, {59, time.Minute, 59 * time.Second}, {60, time.Minute, time.Minute}, {1 << 53, time.Minute, time.Minute},
		{0, time.Millisecond, 0}, {1, time.Millisecond, time.Millisecond}, {0, 0, 0}, {1, 0, 0},
	} {
		if got := Duration(tt.n, tt.limit); got != tt.want {
			t.Errorf("duration(%d, %s) = %s, want %s", tt.n, tt.limit, got, tt.want)
		}
	}
}

// What one side says of values the other understands, and whatever a worker says
// instead does the server no harm.
func FuzzKeep(f *testing.F) {
	f.Add([]byte(`{"type":"keep","key":"sts irc.example","value":"6697","seconds":2592000}`))
	f.Add([]byte(`{"type":"keep","key":"a","value":"1","seconds":0}`))
	f.Add([]byte(`{"type":"keep","key":"a","value":"1","seconds":9007199254740992}`))
	f.Add([]byte(`{"type":"keep","key":5,"value":{},"seconds":"soon"}`))
	f.Add([]byte(`{"type":"keep","key":"\u0000\ud800","value":"\n","seconds":1}`))
	f.Add([]byte(`{"type":"keep","activity":{}}`))
	f.Add([]byte(`{"type":"hello","kept":{"a":{"value":"1","seconds":60},"b":5}}`))
	f.Add([]byte(`{"type":"linger","seconds":604800}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var fr Frame
		if err := new(Reader).Read(line, &fr); err != nil {
			return
		}
		now := time.Unix(1_000_000, 0)
		var server, worker Notes
		switch fr.Type {
		case "keep":
			if server.Hear("", &fr, now) != nil {
				return
			}
		case "hello":
			if server.Read(fr.Whole.Object("kept"), now) != nil {
				return
			}
		default:
			return
		}
		text := append(server.append([]byte(`{"type":"hello"`), "", now), '}')
		hello, err := activity.ParseObject(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if err := worker.Read(hello.Object("kept"), now); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if len(worker.values) != len(server.values) || worker.bytes != server.bytes {
			t.Fatalf("%s was understood as %v, want %v", text, worker.values, server.values)
		}
		for by := range server.values {
			key := by.key
			if got, want := worker.Get(key, now), server.Get(key, now); got != want {
				t.Errorf("%q is %q, want %q", key, got, want)
			}
		}
	})
}
