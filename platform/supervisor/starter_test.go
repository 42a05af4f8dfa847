package supervisor

import (
	"fmt"
	"strings"
	"testing"
)

// Whoever wants one worker does not stand behind somebody who wants many.
func TestAddressesTakeTurnsAtTheStarter(t *testing.T) {
	s := &starter{waiting: make(map[string][]*Instance), wake: make(chan struct{}, 1)}
	add := func(address, id string) { s.add(&Instance{address: address, id: id}) }
	for i := range 4 {
		add("192.0.2.1", fmt.Sprint("a", i))
	}
	add("192.0.2.2", "b0")
	add("", "mill") // a stateless platform is nobody's
	add("192.0.2.2", "b1")
	var order []string
	for in := s.next(); in != nil; in = s.next() {
		order = append(order, in.id)
		if in.id == "b1" {
			add("192.0.2.3", "c0")
		}
	}
	if got, want := strings.Join(order, " "), "a0 b0 mill a1 b1 a2 c0 a3"; got != want {
		t.Errorf("started %s, want %s", got, want)
	}
	if len(s.waiting) != 0 {
		t.Errorf("%v is left", s.waiting)
	}
}
