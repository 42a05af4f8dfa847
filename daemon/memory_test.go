package daemon

import (
	"context"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

func TestGCPercent(t *testing.T) {
	for _, tt := range []struct {
		live uint64
		want int
	}{
		{0, 400}, {4 << 20, 400}, {8 << 20, 400}, {10 << 20, 300}, {16 << 20, 200}, {17 << 20, 100}, {10 << 30, 100},
	} {
		if got := gcPercent(tt.live); got != tt.want {
			t.Errorf("gcPercent(%d) = %d, want %d", tt.live, got, tt.want)
		}
	}
}

func TestMemoryTunerLooks(t *testing.T) {
	const mega = 1 << 20
	type step struct {
		state   memoryState
		percent int
		trim    bool
	}
	tests := []struct {
		name  string
		k     memoryTuner
		steps []step
	}{
		{"work and then quiet", memoryTuner{}, []step{
			{memoryState{allocated: 5 * mega, live: 4 * mega, objects: 5 * mega}, 400, false},
			{memoryState{allocated: 90 * mega, live: 4 * mega, objects: 20 * mega}, 0, false},
			{memoryState{allocated: 91 * mega, live: 4 * mega, objects: 21 * mega}, 0, true},
			{memoryState{allocated: 91 * mega, live: 4 * mega, objects: 4 * mega}, 0, false},
		}},
		{"many clients came", memoryTuner{}, []step{
			{memoryState{allocated: 5 * mega, live: 4 * mega, objects: 5 * mega}, 400, false},
			{memoryState{allocated: 90 * mega, live: 40 * mega, objects: 50 * mega}, 100, false},
		}},
		{"what is free is given back too", memoryTuner{percent: 400}, []step{
			{memoryState{live: 4 * mega, objects: 5 * mega, free: 7 * mega}, 0, true},
		}},
		{"a collection has just begun to count anew", memoryTuner{percent: 400}, []step{
			{memoryState{live: 4 * mega, objects: 3 * mega}, 0, false},
		}},
		{"GOGC is the operator's", memoryTuner{fixed: true}, []step{
			{memoryState{live: 4 * mega, objects: 13 * mega}, 0, true},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i, s := range tt.steps {
				if percent, trim := tt.k.look(s.state); percent != s.percent || trim != s.trim {
					t.Fatalf("step %d: got %d, %v; want %d, %v", i, percent, trim, s.percent, s.trim)
				}
			}
		})
	}
}

var burst []byte

// What a burst leaves behind goes back to the system by itself.
func TestMemoryIsGivenBack(t *testing.T) {
	t.Setenv("GOGC", "100") // other tests keep theirs
	burst = make([]byte, 64<<20)
	for i := 0; i < len(burst); i += 4096 {
		burst[i] = 1
	}
	burst = nil
	runtime.GC()
	held := []metrics.Sample{{Name: "/memory/classes/heap/free:bytes"}, {Name: "/gc/cycles/forced:gc-cycles"}}
	metrics.Read(held)
	collections := held[1].Value.Uint64()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		keepMemory(ctx, 10*time.Millisecond)
	}()
	defer func() { cancel(); <-ended }()
	for deadline := time.Now().Add(30 * time.Second); ; runtime.Gosched() {
		metrics.Read(held)
		free := held[0].Value.Uint64()
		if free < worthTrimming && held[1].Value.Uint64() > collections {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the heap still holds %d MiB for nothing", free>>20)
		}
	}
}
