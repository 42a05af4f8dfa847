package queue_test

import (
	"testing"

	"github.com/sockethub/sockethub/queue"
)

const benchPayload = 400

func BenchmarkMemoryDirect(b *testing.B) {
	s := openMemory(b, queue.Options{})
	j := &queue.Job{Instance: "dummy", Owner: alice, Payload: make([]byte, benchPayload)}
	confirmed := func(error) {}
	b.ReportAllocs()
	for b.Loop() {
		s.Push(j, 1, confirmed)
		s.Finish(j.ID, 1)
	}
}

func BenchmarkMemoryWaiting(b *testing.B) {
	s := openMemory(b, queue.Options{})
	j := &queue.Job{Instance: "dummy", Owner: alice, Payload: make([]byte, benchPayload)}
	confirmed := func(error) {}
	b.ReportAllocs()
	for b.Loop() {
		s.Push(j, 0, confirmed)
		s.Claim("dummy", 1, nil, confirmed)
		s.Finish(j.ID, 1)
	}
}

// A job of a line whose addresses, sessions and hosts take turns.
func BenchmarkMemoryTurns(b *testing.B) {
	s := openMemory(b, queue.Options{})
	j := &queue.Job{Instance: "feeds", Turn: queue.Turn{Address: "192.0.2.1", Session: "a", Lane: "host"}, Owner: alice, Payload: make([]byte, benchPayload)}
	confirmed := func(error) {}
	full := func(queue.Turn) bool { return false }
	b.ReportAllocs()
	for b.Loop() {
		s.Push(j, 0, confirmed)
		s.Claim("feeds", 1, full, confirmed)
		s.Finish(j.ID, 1)
	}
}

func BenchmarkMemoryDirectParallel(b *testing.B) {
	s := openMemory(b, queue.Options{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		j := &queue.Job{Instance: "dummy", Owner: alice, Payload: make([]byte, benchPayload)}
		for pb.Next() {
			s.Push(j, 1, func(error) {})
			s.Finish(j.ID, 1)
		}
	})
}
