package platform

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
)

// What the two sides write, both ways of reading understand alike.
func TestReadFrame(t *testing.T) {
	body := []byte(`{"type":"send","object":{"content":"a \"b\" ☂"}}`)
	object, err := activity.ParseObject(body)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		line string
		want frame
	}{
		{string(appendJob(nil, 7, "s1", "203.0.113.9", 60000, nil, body)),
			frame{Type: "job", ID: 7, Session: "s1", Address: "203.0.113.9", DeadlineMs: 60000, Activity: object}},
		{string(appendJob(nil, 1<<53, "ünï", "", -5, object, body)),
			frame{Type: "job", ID: 1 << 53, Session: "ünï", Activity: object, Credentials: object}},
		{string(appendCancel(nil, 8, "deadline")), frame{Type: "cancel", ID: 8, Reason: "deadline"}},
		{string(appendDetach(nil, "s1")), frame{Type: "detach", Session: "s1"}},
		{string(appendStop(nil, "shutdown", 1000)), frame{Type: "stop", Reason: "shutdown", WithinMs: 1000}},
		{string(appendResult(nil, 9, &initialized, object, false, "")), frame{Type: "result", ID: 9, Initialized: &initialized, Activity: object}},
		{string(appendResult(nil, 9, &uninitialized, nil, true, "Error: \"x\"\n")), frame{Type: "result", ID: 9, Initialized: &uninitialized, HasError: true, Error: "Error: \"x\"\n"}},
		{string(appendResult(nil, 9, nil, nil, true, "")), frame{Type: "result", ID: 9, HasError: true}},
		{string(appendResult(nil, 9, nil, nil, false, "")), frame{Type: "result", ID: 9}},
		{string(appendEvent(nil, nil, "s1", "", object)), frame{Type: "event", Session: "s1", Activity: object}},
		{string(appendEvent(nil, &initialized, "", "s1", object)), frame{Type: "event", Initialized: &initialized, Except: "s1", Activity: object}},
		{`{"type":"actor","id":"new@nest"}`, frame{Type: "actor", Reason: "new@nest"}},
		{string(appendKeep(nil, "sts irc.example", "6697", time.Hour)), frame{Type: "keep"}},
		{string(appendLinger(nil, time.Hour)), frame{Type: "linger"}},
		{`{"type":"heartbeat"}` + "\r", frame{Type: "heartbeat"}},
		{` { "activity" : {"type":"send","object":{"content":"a \"b\" ☂"}} , "id":3 , "type" : "result" } `, frame{Type: "result", ID: 3, Activity: object}},
	}
	var r frameReader
	for _, tt := range tests {
		line := strings.TrimSuffix(tt.line, "\n")
		var got, whole frame
		if err := r.read([]byte(line), &got); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if err := whole.parse([]byte(line)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		for _, f := range []frame{got, whole} {
			if text, want := frameText(&f), frameText(&tt.want); text != want {
				t.Errorf("%s\nwas read as %s,\nwant        %s", line, text, want)
			}
		}
	}
}

func TestReadFrameFails(t *testing.T) {
	tests := []struct{ line, want string }{
		{`{}`, `frame without a "type"`},
		{`{"type":5}`, `frame without a "type"`},
		{`{"type":"job","id":"7"}`, `frame whose "id" is not an integer`},
		{`{"type":"job","id":7.5}`, `frame whose "id" is not an integer`},
		{`{"type":"job","id":-1}`, `frame whose "id" is not an integer`},
		{`{"type":"job","id":9007199254740994}`, `frame whose "id" is not an integer`},
		{`{"type":"job","deadlineMs":"soon"}`, "frame whose time is not a number of milliseconds"},
		{`["job"]`, "invalid JSON at byte 0: the value is not an object"},
		{`{"type":"job"`, "invalid JSON at byte 13: unexpected end"},
		{`{"type":"job","activity":}`, "invalid JSON at byte 25: expected a value"},
		{"", "invalid JSON at byte 0: unexpected end"},
	}
	for _, tt := range tests {
		var f frame
		if err := new(frameReader).read([]byte(tt.line), &f); err == nil || err.Error() != tt.want {
			t.Errorf("%q gave %v, want %q", tt.line, err, tt.want)
		}
	}
}

// frameText is a frame's members, to compare.
func frameText(f *frame) string {
	member := func(o *activity.Object) string {
		if o == nil {
			return "none"
		}
		return string(activity.AppendJSON(nil, o))
	}
	is := "unknown"
	if f.Initialized != nil {
		is = fmt.Sprint(*f.Initialized)
	}
	return fmt.Sprintf("%q id=%d session=%q address=%q except=%q reason=%q error=%q,%v initialized=%s deadline=%d within=%d activity=%s credentials=%s",
		f.Type, f.ID, f.Session, f.Address, f.Except, f.Reason, f.Error, f.HasError, is, f.DeadlineMs, f.WithinMs, member(f.Activity), member(f.Credentials))
}

// The quick way of reading a frame's head and the parser agree on every line
// that both take. The quick one takes one level of nesting more, no other line.
func FuzzFrame(f *testing.F) {
	for _, line := range []string{
		`{"type":"job","id":7,"session":"s1","address":"203.0.113.9","deadlineMs":60000,"credentials":{"object":{}},"activity":{"type":"send"}}`,
		`{"type":"job","id":7,"session":"s1","deadlineMs":60000,"activity":{"type":"send"}}`,
		`{"type":"result","id":7,"initialized":true,"error":"Error: x","activity":{}}`,
		`{"type":"event","except":"s1","activity":{"a":[1,{"b":null}]}}`,
		`{"type":"cancel","id":7,"reason":"deadline"}`,
		`{"type":"stop","withinMs":1000}`,
		`{"type":"actor","id":"new@nest"}`, `{"type":"actor","id":5,"reason":"x"}`, `{"id":"x","type":"actor"}`,
		`{"type":"describe","protocol":1,"name":"owl","ports":[80]}`,
		`{"type":"keep","key":"k","value":"v","seconds":60}`, `{"type":"keep","key":"k","value":"v"}`, `{"type":"keep","activity":{}}`,
		`{"type":"linger","seconds":60}`, `{"type":"linger","seconds":"60"}`, `{"type":"linger","seconds":60,"id":"x"}`,
		// Members twice, in another case, after the activity, in escapes.
		`{"type":"job","id":1,"ID":2,"id":3}`, `{"type":"job","type":"result","id":1}`, `{"type":"actor","id":"x","type":"job"}`,
		`{"type":"result","activity":{},"activity":{"a":1}}`, `{"type":"result","activity":{},"id":4}`, `{"type":"result","\u0069d":4}`,
		`{"type":"result","error":"x","error":null}`, `{"type":"result","initialized":true,"initialized":null}`,
		`{"type":"job","id":01}`, `{"type":"job","id":1e2}`, `{"type":"job","id":9007199254740993}`, `{"type":"job","id":7 }`,
		"{\"type\":\"job\",\"session\":\"a\x00b\"}", "{\"type\":\"job\",\"session\":\"a\xff\"}", "{\"type\":\"event\",\"activity\":{\"a\":\"\xc3\"}}",
		`{"type":"job","session":"` + strings.Repeat("x", 200) + `"}`,
		`{"type":"event","activity":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`,
		`{"type":"event","activity":"x"}`, `{"type":"event","activity":}`, `{"type":"event","activity"}`, `{"type":"event",}`, `{`, "",
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var quick, whole frame
		quickErr := new(frameReader).read(line, &quick)
		err := whole.parse(line)
		if err != nil && quickErr == nil {
			if strings.Contains(err.Error(), "nested deeper") && quick.whole == nil {
				return
			}
			t.Fatalf("%q was read, but parsed it gives %v", line, err)
		}
		if quickErr != nil {
			if err == nil || err.Error() != quickErr.Error() {
				t.Fatalf("%q gave %v, but parsed %v", line, quickErr, err)
			}
			return
		}
		if got, want := frameText(&quick), frameText(&whole); got != want {
			t.Fatalf("%q was read as\n%s\nand parsed as\n%s", line, got, want)
		}
	})
}

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
		out := new(lockedBuffer)
		_ = serveWorker(bytes.NewReader(in), out, new(lockedBuffer), []*Definition{d}, drainTime)
		for line := range strings.Lines(out.String()) {
			var f frame
			if err := new(frameReader).read([]byte(strings.TrimSuffix(line, "\n")), &f); err != nil || !strings.HasSuffix(line, "\n") {
				t.Errorf("%q made the worker write %q: %v", in, line, err)
			}
		}
	})
}

// However the input is cut, the same lines come out of it.
func FuzzFrameInput(f *testing.F) {
	f.Add([]byte("a\nbc\n\n\r\nd"), uint16(1))
	f.Add([]byte("\n\x00\n"), uint16(2))
	f.Add(append(bytes.Repeat([]byte("x"), 5000), '\n'), uint16(4096))
	f.Fuzz(func(t *testing.T, text []byte, piece uint16) {
		in := frameInput{r: &chunks{bytes.NewReader(text), int(piece)%5000 + 1}}
		var got []byte
		for {
			lines, err := in.more()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(append(got, lines...), '\n')
		}
		if want := text[:bytes.LastIndexByte(text, '\n')+1]; !bytes.Equal(got, want) {
			t.Errorf("%q in pieces of %d became %q", text, piece, got)
		}
	})
}

// A line of 10 MiB costs no more than the largest frame does.
func TestEndlessLine(t *testing.T) {
	in := frameInput{r: strings.NewReader(strings.Repeat("x", 10<<20))}
	if _, err := in.more(); err != errFrameTooLong {
		t.Errorf("got %v", err)
	}
	if len(in.buf) > MaxFrame+smallInput {
		t.Errorf("the buffer grew to %d bytes", len(in.buf))
	}
}

// A description that is read, and written again, says the same.
func FuzzDescription(f *testing.F) {
	for _, d := range []*Definition{parrotDefinition(), sandboxProbeDefinition(), {
		Name: "owl", Version: "1", ContextURL: "http://owl.test/", Persist: true, NoHeartbeat: true, Ports: []int{443, 80, 80},
		Schemas: Schemas{Credentials: []byte(`{}`), Messages: []byte(`{"a":1}`), Responses: []byte(`{}`), Constraints: []byte(`{"fetch":{}}`)},
		Verbs:   map[string]Verb{"connect": {Credentials: true}, "fetch": {Idempotent: true}},
	}} {
		line, err := appendDescription(nil, d)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Add([]byte(`{"type":"describe","protocol":1,"name":"owl","version":"1","contextUrl":"https://owl.test","schemas":{"messages":{}},"verbs":{"a":{"credentials":null}},"ports":[]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		o, err := activity.ParseObject(line)
		if err != nil {
			return
		}
		d, err := readDescription(o)
		if err != nil {
			return
		}
		if d.Concurrency == 0 || d.Persist {
			d.Concurrency = d.parallel()
		}
		text, err := appendDescription(nil, d)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		o, err = activity.ParseObject(text)
		if err != nil {
			t.Fatalf("%s became %s: %v", line, text, err)
		}
		again, err := readDescription(o)
		if err != nil || !reflect.DeepEqual(d, again) {
			t.Fatalf("%s became %s\n%+v\n%+v\n%v", line, text, d, again, err)
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
	in.Write(appendJob(nil, 7, "s1", "203.0.113.9", 60000, nil, activity.AppendJSON(nil, message)))
	in.Write(appendStop(nil, "shutdown", 1000))
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
