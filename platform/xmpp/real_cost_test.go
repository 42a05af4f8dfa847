//go:build unix

package xmpp

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform/supervisor"
)

// BenchmarkLogins tells what a login to prosody costs, over TLS with one private
// root, in a worker of its own that is shut in: the time from the job to its answer,
// with the start of the worker; and the memory of somebody with 200 contacts who is
// in two rooms of 50.
//
// XMPP_FLOOR may name a program to compare with, which is run with
// "20 ADDRESS localhost mara sesame ROOTS SCRAM-SHA-256 starttls" before and behind.
func BenchmarkLogins(b *testing.B) {
	const logins, roomful = 100, 50
	for b.Loop() {
		s := newReal(b, "prosody")
		writeRoster(b, s, 200)
		compareWithFloor(b, s)
		w := newWorkers(b, logins)
		var times []time.Duration
		var instances []*supervisor.Instance
		for i := range logins {
			id := fmt.Sprintf("mara@localhost/n%d", i)
			o := object("type", "credentials", "userAddress", "mara@localhost", "resource", fmt.Sprint("n", i), "password", "sesame", "server", fmt.Sprintf("xmpp://127.0.0.1:%d", s.starttls))
			start := time.Now()
			in := w.connect(b, id, object("type", "credentials", "actor", object("id", id, "type", "person"), "object", o))
			w.done(b)
			times = append(times, time.Since(start))
			instances = append(instances, in)
		}
		compareWithFloor(b, s)
		for i, in := range instances {
			for room := range 2 {
				w.submit(b, in, fmt.Sprintf(`{"type":"join","actor":{"id":"mara@localhost/n%d","type":"person","name":"n%d"},"target":{"id":"r%d-%d@rooms.localhost","type":"room"}}`, i, i, i/roomful, room), nil)
				w.done(b)
			}
		}
		var bytes []int
		for _, info := range w.Instances() {
			bytes = append(bytes, residentShare(b, info.PID))
		}
		slices.Sort(times)
		slices.Sort(bytes)
		b.ReportMetric(float64(times[logins/2].Microseconds())/1000, "ms/login")
		b.ReportMetric(float64(bytes[logins/2])/(1<<20), "MiB/login")
		b.ReportMetric(float64(bytes[logins-1])/(1<<20), "MiB/largest")
	}
}

// writeRoster gives mara contacts.
func writeRoster(t testing.TB, s *realServer, n int) {
	t.Helper()
	var b strings.Builder
	b.WriteString("return { [false] = { [\"version\"] = 1; [\"pending\"] = {}; };\n")
	for i := range n {
		fmt.Fprintf(&b, "[\"contact%d@quay.test\"] = { [\"subscription\"] = \"both\"; [\"name\"] = \"Contact %d\"; [\"groups\"] = { [\"Crew\"] = true; }; };\n", i, i)
	}
	b.WriteString("};\n")
	dir := filepath.Join(s.dir, "prosody", "localhost", "roster")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mara.dat"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func compareWithFloor(b *testing.B, s *realServer) {
	b.Helper()
	program := os.Getenv("XMPP_FLOOR")
	if program == "" {
		return
	}
	out, err := exec.Command(program, "20", fmt.Sprintf("127.0.0.1:%d", s.starttls), "localhost", "mara", "sesame", filepath.Join(s.dir, "ca.pem"), "SCRAM-SHA-256", "starttls").CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	b.Logf("%s: %s", program, out)
}
