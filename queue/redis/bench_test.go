package redis_test

import (
	"bytes"
	"fmt"
	"testing"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/queue/redis"
)

const (
	benchPayload  = 400
	benchInFlight = 50
)

// BenchmarkDirect is a job's cycle with a free slot: HSET, then HDEL. So
// many jobs are in flight as the name says.
func BenchmarkDirect(b *testing.B) {
	r := startRedis(b)
	for _, flight := range []int{1, benchInFlight} {
		b.Run(fmt.Sprint(flight), func(b *testing.B) {
			s := r.open(patient)
			defer s.Close(b.Context())
			tokens := make(chan *queue.Job, flight)
			for range flight {
				tokens <- &queue.Job{Instance: "dummy", Owner: alice, Payload: make([]byte, benchPayload)}
			}
			b.ReportAllocs()
			for b.Loop() {
				j := <-tokens
				if err := s.Push(j, 1, func(err error) {
					if err != nil {
						b.Error(err)
					}
					s.Finish(j.ID, 1)
					tokens <- j
				}); err != nil {
					b.Fatal(err)
				}
			}
			for range flight {
				<-tokens
			}
		})
	}
}

// BenchmarkWaiting is the cycle of a job that has to wait for a slot.
func BenchmarkWaiting(b *testing.B) {
	r := startRedis(b)
	s := r.open(patient)
	defer s.Close(b.Context())
	tokens := make(chan *queue.Job, benchInFlight)
	for range benchInFlight {
		tokens <- &queue.Job{Instance: "dummy", Owner: alice, Payload: make([]byte, benchPayload)}
	}
	b.ReportAllocs()
	for b.Loop() {
		j := <-tokens
		if err := s.Push(j, 0, func(err error) {
			var c *queue.Job
			c = s.Claim("dummy", 1, nil, func(error) {
				s.Finish(c.ID, 1)
				tokens <- c
			})
		}); err != nil {
			b.Fatal(err)
		}
	}
	for range benchInFlight {
		<-tokens
	}
}

// BenchmarkByHand is what the same commands reach without a queue: fifty HSET in
// one flush, their answers, fifty HDEL in one flush, their answers; with redigo
// on one connection.
func BenchmarkByHand(b *testing.B) {
	r := startRedis(b)
	c, err := redigo.Dial("unix", r.socket)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	payload := bytes.Repeat([]byte{1}, benchPayload)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n++; n%benchInFlight != 0 {
			continue
		}
		for i := range benchInFlight {
			c.Send("HSET", "active", i, payload)
		}
		c.Flush()
		for range benchInFlight {
			if _, err := c.Receive(); err != nil {
				b.Fatal(err)
			}
		}
		for i := range benchInFlight {
			c.Send("HDEL", "active", i)
		}
		c.Flush()
		for range benchInFlight {
			if _, err := c.Receive(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// patient takes the times that a store has outside of tests.
func patient(o *redis.Options) {
	*o = redis.Options{URL: o.URL, Options: o.Options}
}
