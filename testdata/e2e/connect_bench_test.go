package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// From connect to its answer on a real IRC server: a worker is started, shut in,
// and registers. Beside each the start of a Go program that does nothing is
// measured, by which machines can be compared.
//
//	ms-to-connect  at the median
//	ms-to-start    the empty program, at the median
//	starts         the one in the other's time: 4 is the goal
func BenchmarkConnect(b *testing.B) {
	dir := b.TempDir()
	source, empty := filepath.Join(dir, "empty.go"), filepath.Join(dir, "empty")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", empty, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	d := startNgircd(b, "")
	s := startServer(b, withStore(map[string]any{
		"platforms": []string{"irc"}, "logging": map[string]any{"file": "", "level": "error"},
		"limits": map[string]any{"maxPlatformInstances": 0, "instancesPerAddress": 0},
	}))
	var connects, starts []time.Duration
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		nick := fmt.Sprint("frog", n)
		credentials := ircCredentials(b, nick, d.address, "")
		credentials["actor"] = pondPerson(nick)
		c := s.dialRaw()
		text, err := json.Marshal([]any{"credentials", credentials})
		if err != nil {
			b.Fatal(err)
		}
		c.write("420" + string(text))
		c.await("430[")
		began := time.Now()
		if err := exec.Command(empty).Run(); err != nil {
			b.Fatal(err)
		}
		starts = append(starts, time.Since(began))
		b.StartTimer()
		began = time.Now()
		c.write(message(b, 1, pond("connect", nick)))
		if got := c.await("431["); strings.Contains(got, `"error"`) {
			b.Fatal(got)
		}
		connects = append(connects, time.Since(began))
		b.StopTimer()
		c.write(message(b, 2, pond("disconnect", nick)))
		c.await("432[")
		c.conn.Close()
		b.StartTimer()
	}
	median := func(all []time.Duration) float64 {
		slices.Sort(all)
		return all[len(all)/2].Seconds() * 1000
	}
	b.ReportMetric(median(connects), "ms-to-connect")
	b.ReportMetric(median(starts), "ms-to-start")
	b.ReportMetric(median(connects)/median(starts), "starts")
}
