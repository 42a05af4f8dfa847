package webfetch

import (
	"slices"
	"testing"
)

func TestUsualPorts(t *testing.T) {
	if !slices.IsSorted(badPorts) || !slices.IsSorted(services) {
		t.Error("a list of ports is not in order")
	}
	for _, port := range []int{80, 443, 1024, 3000, 8000, 8080, 8443, 9443, 40000, 65535} {
		if !usualPort(port) {
			t.Errorf("%d is refused", port)
		}
	}
	for _, port := range []int{0, 22, 81, 389, 1023, 2375, 3306, 5432, 6379, 9100, 9200, 11211, 27017} {
		if usualPort(port) {
			t.Errorf("%d is allowed", port)
		}
	}
	// What the operator lists is what may be spoken to, and nothing else.
	listed := newGuard(Options{Ports: []int{81}})
	if !listed.portAllowed(81) || listed.portAllowed(443) {
		t.Error("the list of ports does not count")
	}
}
