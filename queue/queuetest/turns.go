package queuetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/queue"
)

// turn is a job of an address, a session of it, and a lane: "a/1/x".
func turn(instance, whose string) *queue.Job {
	j := job(instance, whose)
	names := strings.Split(whose, "/")
	j.Turn = queue.Turn{Address: names[0], Session: names[1], Lane: names[2]}
	return j
}

// Addresses take turns, sessions within an address, and lanes within a session.
func testTurns(t *testing.T, s queue.Store) {
	for _, whose := range []string{
		"a/1/x", "a/1/x", "a/1/x", "a/1/y", "a/2/x", // one address, which came first
		"b/3/x", "b/3/x",
		"c/4/x",
	} {
		push(t, s, turn("feeds", whose), 0)
	}
	var got []string
	for j := claim(t, s, "feeds", 1); j != nil; j = claim(t, s, "feeds", 1) {
		got = append(got, string(j.Payload))
	}
	want := []string{"a/1/x", "b/3/x", "c/4/x", "a/2/x", "b/3/x", "a/1/y", "a/1/x", "a/1/x"}
	if !slices.Equal(got, want) {
		t.Errorf("claimed %q, want %q", got, want)
	}
}

// Jobs of one turn keep their order, also those that a worker gave back.
func testTurnsKeepOrder(t *testing.T, s queue.Store) {
	var all []*queue.Job
	for range 4 {
		j := turn("feeds", "a/1/x")
		push(t, s, j, 0)
		all = append(all, j)
	}
	claim(t, s, "feeds", 1)
	claim(t, s, "feeds", 1)
	settled := s.Settle("feeds", 1)
	for _, j := range slices.Backward(settled) {
		o := expect(t, "requeue")
		if err := s.Requeue(j, o.confirm); err != nil {
			t.Fatal(err)
		}
		if err := o.wait(); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range all {
		if got := claim(t, s, "feeds", 2); got != want {
			t.Errorf("claim %d is not job %d", i, want.ID)
		}
	}
}

// Who has a share of the slots is passed over, at each level.
func testTurnsPassOver(t *testing.T, s queue.Store) {
	for _, whose := range []string{"a/1/x", "a/1/y", "a/2/x", "b/3/x"} {
		push(t, s, turn("feeds", whose), 0)
	}
	steps := []struct {
		name string
		full func(queue.Turn) bool
		want string
	}{
		{"everything is full", func(queue.Turn) bool { return true }, ""},
		{"an address", func(at queue.Turn) bool { return at == queue.Turn{Address: "a"} }, "b/3/x"},
		{"a lane", func(at queue.Turn) bool { return at.Lane == "x" }, "a/1/y"},
		{"a session", func(at queue.Turn) bool { return at == queue.Turn{Address: "a", Session: "1"} }, "a/2/x"},
		{"nobody", nil, "a/1/x"},
	}
	for _, step := range steps {
		o := expect(t, "claim")
		j := s.Claim("feeds", 1, step.full, o.confirm)
		if j == nil {
			if step.want != "" {
				t.Errorf("%s: nothing was claimed, want %s", step.name, step.want)
			}
			continue
		}
		if err := o.wait(); err != nil || string(j.Payload) != step.want {
			t.Errorf("%s: claimed %q, %v, want %q", step.name, j.Payload, err, step.want)
		}
	}
}

// An address has a quarter of a line, and all others still find a place.
func testShareOfLine(t *testing.T, s queue.Store) {
	most := s.Stats().MaxQueued / 4
	for i := range most {
		push(t, s, turn("feeds", fmt.Sprintf("a/%d/x", i%5)), 0)
	}
	never := func(error) { t.Error("a refused job was confirmed") }
	err := s.Push(turn("feeds", "a/6/x"), 0, never)
	if !errors.Is(err, queue.ErrShare) || !errors.Is(err, queue.ErrFull) {
		t.Errorf("Push past a quarter of the line: %v, want ErrShare, which is an ErrFull", err)
	}
	push(t, s, turn("feeds", "b/7/x"), 0)
	push(t, s, turn("metadata", "a/1/x"), 0)
	claim(t, s, "feeds", 1)
	push(t, s, turn("feeds", "a/6/x"), 0)
}

// In place of a job that finds no room, the last one of the session goes that has
// most: of its address, if that has its share, and of all when the line is full.
func testDisplace(t *testing.T, s queue.Store) {
	most := s.Stats().MaxQueued
	share := most / 4
	var last *queue.Job
	for i := range share {
		whose := "a/1/x"
		if i%10 == 0 {
			whose = "a/2/x"
		}
		j := turn("feeds", whose)
		push(t, s, j, 0)
		if whose == "a/1/x" {
			last = j
		}
	}
	if j := s.Displace("feeds", queue.Turn{Address: "a", Session: "1", Lane: "x"}); j != nil {
		t.Errorf("job %d was displaced for another of its own session", j.ID)
	}
	if j := s.Displace("feeds", queue.Turn{Address: "a", Session: "3", Lane: "x"}); j != last {
		t.Errorf("Displace for a session without jobs = %v, want the last of session 1", j)
	}
	if j := s.Displace("metadata", queue.Turn{Address: "a", Session: "3"}); j != nil {
		t.Errorf("Displace in an empty line = job %d", j.ID)
	}
	for _, address := range []string{"b", "c", "d"} {
		for range share {
			push(t, s, turn("feeds", address+"/4/x"), 0)
		}
	}
	push(t, s, turn("feeds", "a/1/x"), 0)
	never := func(error) { t.Error("a refused job was confirmed") }
	if err := s.Push(turn("feeds", "e/5/x"), 0, never); !errors.Is(err, queue.ErrFull) || errors.Is(err, queue.ErrShare) {
		t.Errorf("Push into a full line: %v, want ErrFull", err)
	}
	if j := s.Displace("feeds", queue.Turn{Address: "e", Session: "5", Lane: "x"}); j == nil {
		t.Error("a full line has no room for who has nothing in it")
	}
	push(t, s, turn("feeds", "e/5/x"), 0)
}
