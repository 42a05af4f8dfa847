package supervisor

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/sandbox"
	"github.com/sockethub/sockethub/platform/internal/workertest"
)

// hostile is an external executable that does a bad thing when it has a job, and
// answers none.
func hostile(t *testing.T, does string) *platform.Definition {
	script := workertest.Script(t, "echo '{\"type\":\"ready\"}'\nwhile read -r line; do\ncase $line in *'\"job\"'*) "+does+" ;; esac\ndone")
	return &platform.Definition{Name: "hostile", Program: script, NoHeartbeat: true, Persist: true, Verbs: map[string]platform.Verb{"connect": {Credentials: true}}}
}

// Whatever a worker writes without end ends that worker, and nobody else is kept
// waiting.
func TestFloods(t *testing.T) {
	unixOnly(t)
	for name, line := range map[string]string{
		"events":                 `{"type":"event","activity":{"type":"send"}}`,
		"events to nobody":       `{"type":"event","session":"nobody","activity":{"type":"send"}}`,
		"changes of actor":       `{"type":"actor","id":"al"}`,
		"values to keep":         `{"type":"keep","key":"k","value":"v","seconds":60}`,
		"lingering":              `{"type":"linger","seconds":1}`,
		"heartbeats":             `{"type":"heartbeat"}`,
		"ready, again and again": `{"type":"ready"}`,
		"frames of the future":   `{"type":"weather"}`,
		"results of no job":      `{"type":"result","id":99}`,
		"lines that are none":    `hello`,
		"empty lines":            ``,
		"blank lines":            `  `,
	} {
		t.Run(name, func(t *testing.T) {
			g := manage(t, func(o *Options) {
				o.Definitions = append(managedDefinitions(), hostile(t, "yes '"+line+"'"))
			})
			g.unasked = tokens{perSecond: 1, most: 1000}
			put(t, g.mill(), "echo", "").want(t, "ok")
			flood := connect(t, g.instance(Key{Platform: "hostile", Actor: "al", Scope: "ann"}), "connect", "", "toad")
			put(t, g.mill(), "echo", "").want(t, "ok")
			flood.want(t, "outcome unknown: worker sent too many events [outcome_unknown]")
			put(t, g.mill(), "echo", "").want(t, "ok")
		})
	}
}

// Standard error is read at a rate: who writes more waits, and fills no log.
func TestFloodOfStderr(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		r := &pacedReader{r: endless{}, over: over, budget: tokens{perSecond: logBytesPerSec, most: logBytesAtOnce}}
		began, read := time.Now(), 0
		for buf := make([]byte, 4096); time.Since(began) < time.Minute; {
			n, _ := r.Read(buf)
			read += n
		}
		if most := logBytesAtOnce + 60*logBytesPerSec + 4096; read > most {
			t.Errorf("%d bytes were read in a minute, want at most %d", read, most)
		}
		close(over) // what a worker said last is read at once
		began = time.Now()
		if io.CopyN(io.Discard, r, 10<<20); time.Since(began) != 0 {
			t.Errorf("after its end it took %v", time.Since(began))
		}
	})
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// The limit on memory is one for a worker and all that it started, and there is
// one though the options name none.
func TestMemoryOfAGroup(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("it reads /proc")
	}
	g := manage(t, nil)
	if o := g.opts; o.WorkerMemoryBytes != 256<<20 || o.WorkerOpenFiles != 1024 {
		t.Errorf("without options: %d bytes, %d files", o.WorkerMemoryBytes, o.WorkerOpenFiles)
	}
	// Eight processes, none of which is large: each has its own 16 MiB.
	child := `(text=$(head -c 16777216 /dev/zero | tr '\0' x); sleep 300) &`
	g = manage(t, func(o *Options) {
		o.Definitions = []*platform.Definition{hostile(t, strings.Repeat(child+"\n", 8))}
		o.WorkerMemoryBytes = 64 << 20
		o.HeartbeatInterval, o.HeartbeatTimeout = 50*time.Millisecond, workertest.Patience
	})
	grow := connect(t, g.instance(Key{Platform: "hostile", Actor: "al", Scope: "ann"}), "connect", "", "toad")
	grow.want(t, "outcome unknown: worker used more than 64 MiB of memory [outcome_unknown]")
}

// Nothing that an executable started outlives it, whatever it tried: it stays in
// its group and session, where a signal that cannot be ignored finds all.
func TestNobodyEscapes(t *testing.T) {
	if runtime.GOOS != "linux" || slices.ContainsFunc(sandbox.Missing(), func(s string) bool { return strings.HasPrefix(s, "system calls") }) {
		t.Skip("needs seccomp")
	}
	mark := fmt.Sprint(100_000_000 + os.Getpid()) // seconds, and how they are found
	does := `trap '' TERM HUP INT
(setsid sleep ` + mark + ` || sleep ` + mark + `) &
(trap '' TERM HUP; (sleep ` + mark + ` &); sleep ` + mark + `) &`
	g := manage(t, func(o *Options) {
		o.Definitions = []*platform.Definition{hostile(t, does)}
		o.Sandbox = true
	})
	in := g.instance(Key{Platform: "hostile", Actor: "al", Scope: "ann"})
	job := connect(t, in, "connect", "", "toad")
	started := func() (n int) {
		files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, f := range files {
			if text, err := os.ReadFile(f); err == nil && strings.HasPrefix(string(text), "sleep\x00"+mark) {
				n++
			}
		}
		return n
	}
	eventually(t, "it has started three", func() bool { return started() == 3 })
	in.retire(g.alive()[0], ladder{time.Millisecond, time.Millisecond, time.Millisecond}, "was tried", endedByUs)
	job.want(t, "outcome unknown: worker was tried [outcome_unknown]")
	eventually(t, "none is left", func() bool { return started() == 0 })
}
