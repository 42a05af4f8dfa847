package supervisor

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/workertest"
)

// stubborn is a worker in shell. It ends at the step of the ladder that its
// platform is named after, and says which that was.
const stubborn = `#!/bin/sh
trap 'if [ %[1]s = term ]; then echo "ended by SIGTERM" >&2; exit 0; fi' TERM
echo '{"type":"ready"}'
while IFS= read -r line; do
	case $line in
	'{"type":"stop","reason":"unused"'*)
		echo "heard stop" >&2
		if [ %[1]s = stop ]; then exit 0; fi
		;;
	'{"type":"job","id":'*)
		id=${line#'{"type":"job","id":'}
		echo '{"type":"result","id":'"${id%%%%,*}"'}'
		;;
	esac
done
echo "heard the end" >&2
if [ %[1]s = eof ]; then exit 0; fi
while :; do sleep 1; done
`

// A worker is asked to end before it is made to, step by step, each with its
// time.
func TestLadder(t *testing.T) {
	unixOnly(t)
	const brief = time.Millisecond
	tests := []struct {
		name    string
		ladder  ladder
		says    []string // in this order
		ignored []string
	}{
		{"stop", ladder{stop: workertest.Patience}, []string{"heard stop"}, nil},
		{"eof", ladder{brief, workertest.Patience, 0}, []string{"heard stop", "heard the end"}, []string{"the frame stop"}},
		{"term", ladder{brief, brief, workertest.Patience}, []string{"ended by SIGTERM"}, []string{"the frame stop", "the end of its input"}},
		{"kill", ladder{brief, brief, brief}, nil, []string{"the frame stop", "the end of its input", "SIGTERM"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			script := filepath.Join(t.TempDir(), "stubborn")
			if err := os.WriteFile(script, fmt.Appendf(nil, stubborn, tt.name), 0o700); err != nil {
				t.Fatal(err)
			}
			var got lines
			g := manage(t, func(o *Options) {
				o.Definitions = []*platform.Definition{{Name: "stubborn", Program: script, NoHeartbeat: true, Verbs: map[string]platform.Verb{"echo": {}}}}
				o.Log = slog.New(slog.NewTextHandler(&got, nil))
			})
			in := g.instance(Key{Platform: "stubborn"})
			put(t, in, "echo", "").want(t, "ok")
			p := g.alive()[0]
			in.retire(p, tt.ladder, "was tried", endedQuietly)
			select {
			case <-p.over:
			case <-time.After(workertest.Patience):
				t.Fatal("it did not end")
			}
			text := got.String()
			rest := text
			for _, want := range tt.says {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Errorf("the worker did not say %q:\n%s", want, text)
				}
				rest = after
			}
			for _, step := range []string{"the frame stop", "the end of its input", "SIGTERM"} {
				ignored := strings.Contains(strings.Join(tt.ignored, "|"), step)
				if logged := strings.Contains(text, `worker did not heed `+step); logged != ignored {
					t.Errorf("the log says that it did not heed %s: %v, want %v", step, logged, ignored)
				}
			}
			put(t, in, "echo", "").want(t, "ok")
		})
	}
}
