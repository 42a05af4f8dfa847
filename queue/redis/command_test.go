package redis

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
)

// What goes to Redis when a job is finished.
func Example_command() {
	fmt.Printf("%q", appendCommand(nil, "HDEL", "sockethub:NS:NODE:active", "7"))
	// Output: "*3\r\n$4\r\nHDEL\r\n$24\r\nsockethub:NS:NODE:active\r\n$1\r\n7\r\n"
}

// The bytes are those that redigo sends.
func TestAppendCommand(t *testing.T) {
	for _, args := range [][]string{
		{"PING"},
		{"SET", "", "\x00\r\n$5\r\n"},
		append([]string{"DEL"}, make([]string, 1000)...),
	} {
		var want recorder
		c := redigo.NewConn(&want, 0, 0)
		all := make([]any, len(args)-1)
		for i, a := range args[1:] {
			all[i] = a
		}
		c.Send(args[0], all...)
		c.Flush()
		if got := appendCommand(nil, args...); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("appendCommand(%.100q) = %.100q, redigo has %.100q", args, got, want.Bytes())
		}
	}
	if got := appendBulkUint(nil, 18446744073709551615); string(got) != "$20\r\n18446744073709551615\r\n" {
		t.Errorf("appendBulkUint of the largest number = %q", got)
	}
}

// recorder is a connection that keeps what is written.
type recorder struct {
	wire
	bytes.Buffer
}

func (r *recorder) Write(b []byte) (int, error) { return r.Buffer.Write(b) }
func (r *recorder) Read([]byte) (int, error)    { return 0, bytes.ErrTooLarge }

// A process that is gone can be told from one that lives, and from one of which
// nothing can be known.
func TestGone(t *testing.T) {
	self := thisProcess()
	if self.Boot == "" || self.Namespace == "" {
		t.Skip("this system does not tell of processes")
	}
	change := func(f func(p *process)) string {
		p := self
		f(&p)
		return p.text()
	}
	tests := []struct {
		name, text string
		want       bool
	}{
		{"itself", self.text(), false},
		{"an earlier process of the same id", change(func(p *process) { p.Start = "1" }), true},
		{"a process that is gone", change(func(p *process) { p.PID = 1 << 30 }), true},
		{"another host", change(func(p *process) { p.Host += "x"; p.PID = 1 << 30 }), false},
		{"another boot", change(func(p *process) { p.Boot = "x"; p.PID = 1 << 30 }), false},
		{"another container", change(func(p *process) { p.Namespace = "pid:[1]"; p.PID = 1 << 30 }), false},
		{"no process id", change(func(p *process) { p.PID = 0 }), false},
		{"something else", "x", false},
		{"nothing", "", false},
	}
	for _, tt := range tests {
		if got := self.gone(tt.text); got != tt.want {
			t.Errorf("%s: gone(%s) = %v, want %v", tt.name, tt.text, got, tt.want)
		}
	}
	blind := self
	blind.Boot = ""
	if blind.gone(change(func(p *process) { p.PID = 1 << 30 })) {
		t.Error("a process that does not know its boot takes another for gone")
	}
}

// A secret gives the same names again, and another secret gives others.
func TestSealerNames(t *testing.T) {
	a, b, c := newSealer("x"), newSealer("x"), newSealer("y")
	if a.namespace != b.namespace || a.name("request", "r") != b.name("request", "r") {
		t.Error("the same secret gives different names")
	}
	if a.namespace == c.namespace || a.name("request", "r") == c.name("request", "r") {
		t.Error("different secrets give the same names")
	}
	if a.name("ab", "c") == a.name("a", "bc") {
		t.Error("different parts give the same name")
	}
	if random := newSealer(""); random.namespace == newSealer("").namespace {
		t.Error("without a secret two namespaces are the same")
	}
	for i := range maxOwnerKeys + 10 {
		a.owner(queue.Owner{ID: fmt.Sprint(i)})
	}
	if n := len(a.owners); n > maxOwnerKeys {
		t.Errorf("%d keys of owners are kept, want at most %d", n, maxOwnerKeys)
	}
}

// Sequences of pushes and answers keep their order through the ring.
func TestExpectations(t *testing.T) {
	var q expectations
	next, first := int64(0), int64(0)
	for i := range 5000 {
		if i%7 < 4 || i < 200 {
			q.push(expected{at: next})
			next++
		} else if x := q.front(); x != nil {
			if x.at != first || q.pop().at != first {
				t.Fatalf("the front is %d, want %d", x.at, first)
			}
			first++
		}
	}
	for q.front() != nil {
		if x := q.pop(); x.at != first {
			t.Fatalf("popped %d, want %d", x.at, first)
		}
		first++
	}
	if first != next {
		t.Errorf("%d came out, want %d", first, next)
	}
}

// The times fit together: a dead node is settled within 15 s, and none that
// lives is taken for dead while it may still write.
func TestDefaultTiming(t *testing.T) {
	d := defaultTiming
	for what, ok := range map[string]bool{
		"an overdue answer leaves time to reconnect within the grace time": d.reply+d.backoffMax < d.grace,
		"clients are told within 5 s":                                      d.grace <= 5*time.Second,
		"a node stops writing before others take it for dead":              d.fence+d.tick < d.alive,
		"one lost heartbeat does no harm":                                  2*d.beat < d.fence,
		"a dead node is settled within 15 s":                               d.alive+d.beat < 15*time.Second,
		"times to live are renewed long before they end":                   renewal*2 < keyTTL,
	} {
		if !ok {
			t.Errorf("not so: %s: %+v", what, d)
		}
	}
}
