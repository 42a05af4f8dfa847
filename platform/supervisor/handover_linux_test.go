package supervisor

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/handover"
	"github.com/sockethub/sockethub/queue"
)

// crossed is a Manager in the place of another, as if the program had been replaced
// in between; change may change a record.
func crossed(t *testing.T, m *Manager, askers map[string]Asker, change func(handover.Record) handover.Record) (*managed, []error) {
	t.Helper()
	m.Hold()
	if err := m.Freeze(); err != nil {
		t.Fatal(err)
	}
	m.stop() // what would act by itself goes on in the next program alone
	m.crossing.Unlock()
	m.loops.Wait()
	for _, in := range m.all() {
		in.mu.Lock()
		if in.alarm != nil {
			in.alarm.Stop()
		}
		in.mu.Unlock()
	}
	var state bytes.Buffer
	w := handover.NewWriter(&state)
	open := map[int]*os.File{}
	for _, p := range m.alive() {
		for _, f := range []*os.File{p.stdin, p.stdout, p.stderr} {
			fd, err := w.Keep(f)
			if err != nil {
				t.Fatal(err)
			}
			copied, err := syscall.Dup(fd) // the old Manager still has the others
			if err != nil {
				t.Fatal(err)
			}
			syscall.CloseOnExec(copied)
			open[fd] = os.NewFile(uintptr(copied), f.Name())
		}
	}
	if _, err := m.HandOver(w); err != nil {
		t.Fatal(err)
	}
	name := func(a Asker) any {
		for name, asker := range askers {
			if asker == a {
				return name
			}
		}
		return nil
	}
	if _, err := m.HandOverJobs(w, name); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	n, files := manage(t, nil), handover.NewFiles(open)
	r, err := handover.NewReader(&state)
	if err != nil {
		t.Fatal(err)
	}
	var failed []error
	for {
		record, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			record = change(record)
		}
		known, err := n.Restore(record, files)
		if !known && err == nil {
			known, err = n.RestoreJob(record, func(text json.RawMessage, _ *activity.Object) Asker {
				var name string
				json.Unmarshal(text, &name)
				return askers[name]
			})
		}
		if !known {
			t.Errorf("nobody knows the record %q", record.Kind)
		}
		if err != nil {
			failed = append(failed, err)
		}
	}
	files.Close()
	n.Resume()
	return n, failed
}

// before makes a Manager that is to be left behind: its workers and jobs belong to
// the next one.
func before(t *testing.T) (*Manager, *recorder) {
	t.Helper()
	store, err := queue.OpenMemory(queue.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	sink := &recorder{changed: make(chan struct{})}
	o := options(store, sink)
	o.Definitions = managedDefinitions()
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return m, sink
}

// A job that a worker has, and one that waits for it, are answered once by the
// Manager that comes after; the worker is the same.
func TestWorkersAndJobsCross(t *testing.T) {
	m, _ := before(t)
	in, err := m.Instance(innKey("al", "ann"))
	if err != nil {
		t.Fatal(err)
	}
	in.Attach("ann")
	if got := connect(t, in, "connect", "", "toad").answer(t); got != "ok" {
		t.Fatal(got)
	}
	path, open := gate(t)
	first, second := put(t, in, "gate", path), put(t, in, "echo", "after it")
	eventually(t, "the worker has the first", m.busy)
	pid := in.info().PID

	n, failed := crossed(t, m, map[string]Asker{"first": first, "second": second}, nil)
	if len(failed) > 0 {
		t.Errorf("given up: %v", failed)
	}
	open()
	for _, c := range []*call{first, second} {
		if got := c.answer(t); got != "ok" {
			t.Errorf("%s: %s", c.kind, got)
		}
	}
	now := n.InstanceByID(in.ID())
	if now == nil || now.info().PID != pid || now.info().State != "connected" || strings.Join(now.Sessions(), " ") != "ann" {
		t.Fatalf("want the worker %d, connected, with the session ann", pid)
	}
	c, next := newMessage(now, "secret", "")
	next.Credentials = secrets("another")
	submit(t, now, next)
	if got := c.answer(t); !strings.HasPrefix(got, "Error: invalid credentials for inn:al") {
		t.Errorf("with other credentials than those that opened it: %s", got)
	}
}

// A worker that speaks what the next version does not is stopped, and its sessions
// are told; one whose pipes did not cross is lost alone.
func TestWorkersThatDoNotCross(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*instanceState)
		reason string
		failed int
	}{
		"protocol": {func(s *instanceState) { s.Workers[0].Protocol = 99 }, "spoke version 99 of the protocol, which an upgraded server does not", 0},
		"pipes":    {func(s *instanceState) { s.Workers[0].Files[1] = 1 << 20 }, "it was lost at an upgrade", 1},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := before(t)
			in, err := m.Instance(innKey("al", "ann"))
			if err != nil {
				t.Fatal(err)
			}
			in.Attach("ann")
			connect(t, in, "connect", "", "toad").answer(t)
			n, failed := crossed(t, m, nil, func(r handover.Record) handover.Record {
				if r.Kind == kindInstance {
					var state instanceState
					if err := r.Into(&state); err != nil {
						t.Fatal(err)
					}
					tt.change(&state)
					r.Body, _ = json.Marshal(state)
				}
				return r
			})
			if len(failed) != tt.failed {
				t.Errorf("given up: %v, want %d", failed, tt.failed)
			}
			n.sink.await(t, &n.sink.ended, tt.reason)
			// The next message starts another.
			if got := connect(t, n.InstanceByID(in.ID()), "connect", "", "toad").answer(t); got != "ok" {
				t.Error(got)
			}
		})
	}
}

// What was frozen goes on when nothing came of it.
func TestThaw(t *testing.T) {
	g := manage(t, nil)
	in := g.mill()
	path, open := gate(t)
	first := put(t, in, "gate", path)
	eventually(t, "the worker has it", g.busy)
	g.Hold()
	if err := g.Freeze(); err != nil {
		t.Fatal(err)
	}
	second := put(t, in, "echo", "while it is frozen")
	open()
	g.Thaw()
	for _, c := range []*call{first, second} {
		if got := c.answer(t); got != "ok" {
			t.Errorf("%s: %s", c.kind, got)
		}
	}
}
