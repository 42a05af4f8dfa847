package supervisor

import (
	"context"
	"log/slog"
	"strconv"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/queue"
)

// window is a Sink and an Asker that lets so many jobs be on their way.
type window struct {
	recorder
	free chan struct{}
}

func (w *window) Result(_ *Instance, _ *activity.Object, err error) {
	if err != nil {
		panic(err)
	}
	w.free <- struct{}{}
}

// A job's way from Submit through a worker process to Result, with so many on
// their way at a time.
func BenchmarkJob(b *testing.B) {
	for _, inFlight := range []int{1, 50, 400} {
		b.Run(strconv.Itoa(inFlight), func(b *testing.B) {
			store, err := queue.OpenMemory(queue.Options{Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			w := &window{recorder: recorder{changed: make(chan struct{})}, free: make(chan struct{}, inFlight)}
			o := options(store, w)
			o.Definitions = managedDefinitions()
			m, err := New(o)
			if err != nil {
				b.Fatal(err)
			}
			defer m.Shutdown(context.Background())
			in, err := m.Instance(Key{Platform: "mill"})
			if err != nil {
				b.Fatal(err)
			}
			r := Message{Asker: w, Owner: queue.Owner{ID: "ann"}, Activity: message("echo", "ann", "hello")}
			for range inFlight {
				w.free <- struct{}{}
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				<-w.free
				if err := in.Submit(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
			for range inFlight {
				<-w.free
			}
		})
	}
}

// From Submit to the first result of a new instance, its process included.
func BenchmarkFirstJob(b *testing.B) {
	store, err := queue.OpenMemory(queue.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	w := &window{recorder: recorder{changed: make(chan struct{})}, free: make(chan struct{}, 1)}
	o := options(store, w)
	o.Definitions, o.MaxInstances, o.StartsPerSecond = managedDefinitions(), 0, 0
	m, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	defer m.Shutdown(context.Background())
	r := Message{Asker: w, Owner: queue.Owner{ID: "ann"}, Activity: message("connect", "al", ""), Credentials: secrets("toad")}
	for i := 0; b.Loop(); i++ {
		in, err := m.Instance(Key{Platform: "inn", Actor: strconv.Itoa(i), Scope: "ann"})
		if err != nil {
			b.Fatal(err)
		}
		if err := in.Submit(b.Context(), r); err != nil {
			b.Fatal(err)
		}
		<-w.free
		for _, p := range m.alive() {
			b.StopTimer()
			p.kill("benchmark", endedQuietly)
			<-p.over
			b.StartTimer()
		}
	}
}
