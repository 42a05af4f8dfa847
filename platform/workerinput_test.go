package platform

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/platform/internal/workertest"
)

// The worker takes any input without harm: it answers what it can and says why
// it ends.
func FuzzWorkerInput(f *testing.F) {
	f.Add([]byte(helloParrot + "\n" + `{"type":"job","id":1,"activity":{"type":"same"}}` + "\n"))
	f.Add([]byte(helloParrot + "\n\x00\n\xff\xfe\n" + `{"type":"stop","withinMs":1}` + "\n"))
	f.Add([]byte(`{"type":"describe"}` + "\n" + helloParrot + "\n" + helloParrot))
	f.Add([]byte(`{"type":"hello","protocol":1,"platform":"parrot","kept":{"a":{"value":"1","seconds":60}}}` + "\n"))
	f.Add([]byte(`{"type":"hello","protocol":1,"platform":"parrot","kept":{"a":{"value":5,"seconds":-1},"b":null}}` + "\n"))
	f.Add([]byte(helloParrot + "\n" + `{"type":"job","id":1,"id":2,"ID":3,"activity":{"type":"echo"}}` + "\n" + `{"type":"detach","session":"s"}` + "\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		d := parrotDefinition()
		d.New = func(Host, []byte) (Platform, error) { return echoes{}, nil }
		out := new(workertest.Buffer)
		_ = serveWorker(bytes.NewReader(in), out, new(workertest.Buffer), []*Definition{d}, drainTime)
		for line := range strings.Lines(out.String()) {
			var f frame.Frame
			if err := new(frame.Reader).Read([]byte(strings.TrimSuffix(line, "\n")), &f); err != nil || !strings.HasSuffix(line, "\n") {
				t.Errorf("%q made the worker write %q: %v", in, line, err)
			}
		}
	})
}

// echoes is a platform that answers every message with itself.
type echoes struct{}

func (echoes) Do(_ context.Context, job Job) (*activity.Object, error) { return job.Activity, nil }

// Frames as they pass the pipes.
func Example_frames() {
	hello := `{"type":"hello","protocol":1,"platform":"echo","instance":"b51a","config":{},"heartbeatMs":5000,"logLevel":"info"}` + "\n"
	message, _ := activity.ParseObject([]byte(`{"type":"echo","actor":{"id":"wren","type":"person"}}`))
	in := bytes.NewBufferString(hello)
	in.Write(frame.AppendJob(nil, 7, "s1", "203.0.113.9", 60000, nil, activity.AppendJSON(nil, message)))
	in.Write(frame.AppendStop(nil, "shutdown", 1000))
	fmt.Print(in)

	d := &Definition{Name: "echo", New: func(Host, []byte) (Platform, error) { return echoes{}, nil }}
	if err := serveWorker(in, os.Stdout, os.Stderr, []*Definition{d}, drainTime); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"type":"hello","protocol":1,"platform":"echo","instance":"b51a","config":{},"heartbeatMs":5000,"logLevel":"info"}
	// {"type":"job","id":7,"session":"s1","address":"203.0.113.9","deadlineMs":60000,"activity":{"type":"echo","actor":{"id":"wren","type":"person"}}}
	// {"type":"stop","reason":"shutdown","withinMs":1000}
	// {"type":"ready"}
	// {"type":"result","id":7,"activity":{"type":"echo","actor":{"id":"wren","type":"person"}}}
}
