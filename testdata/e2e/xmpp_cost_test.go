package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// What a user costs who has 200 contacts and is in two rooms of 50: memory for his
// worker, and time from connect to its answer.
func TestXMPPCost(t *testing.T) {
	const users, contacts, most = 50, 200, 3584 // KiB
	p := startProsody(t)
	var roster strings.Builder
	roster.WriteString("return { [false] = { version = 1; pending = {}; };")
	for i := range contacts {
		fmt.Fprintf(&roster, `["contact%d@localhost"] = { subscription = "both"; name = "Contact %d"; groups = { ["Crew"] = true; }; };`, i, i)
	}
	roster.WriteString("};\n")
	dir := filepath.Join(p.dir, "prosody", "localhost", "roster")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mara.dat"), []byte(roster.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	s := xmppServer(t, p, map[string]any{"connectTimeoutMs": 60000})
	all := startClients(t)
	var times []time.Duration
	for i := range users {
		cl := all.connect(fmt.Sprint("c", i), s.url, transports["websocket"])
		resource := fmt.Sprint("r", i)
		id := "mara@localhost/" + resource
		cl.mustEmit("credentials", xmpp("credentials", id, "object", map[string]any{
			"type": "credentials", "userAddress": "mara@localhost", "resource": resource, "password": "sesame", "server": "xmpp://" + p.address}))
		from := time.Now()
		cl.mustEmit("message", xmpp("connect", id))
		times = append(times, time.Since(from))
		for _, room := range []string{"decks", "bridge"} {
			join := xmpp("join", id, "target", map[string]any{"id": room + "@rooms.localhost", "type": "room"})
			join["actor"].(map[string]any)["name"] = resource
			cl.mustEmit("message", join)
		}
	}
	var sizes []int
	eventually(t, "all workers are small", func() bool {
		sizes = sizes[:0]
		for _, pid := range s.workers("xmpp") {
			sizes = append(sizes, proportional(pid))
		}
		slices.Sort(sizes)
		return len(sizes) == users && sizes[users/2] < most
	})
	slices.Sort(times)
	t.Logf("%d users: %d KiB at the median, %d at most; connect takes %v at the median", users, sizes[users/2], sizes[users-1], times[users/2])
}

// proportional is a process's share of the memory, in KiB.
func proportional(pid int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	_, rest, _ := strings.Cut(string(text), "\nPss:")
	kib := 0
	fmt.Sscan(rest, &kib)
	return kib
}
