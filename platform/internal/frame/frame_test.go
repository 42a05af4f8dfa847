package frame

import (
	"fmt"
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
		want Frame
	}{
		{string(AppendJob(nil, 7, "s1", "203.0.113.9", 60000, nil, body)),
			Frame{Type: "job", ID: 7, Session: "s1", Address: "203.0.113.9", DeadlineMs: 60000, Activity: object}},
		{string(AppendJob(nil, 1<<53, "ünï", "", -5, object, body)),
			Frame{Type: "job", ID: 1 << 53, Session: "ünï", Activity: object, Credentials: object}},
		{string(AppendCancel(nil, 8, "deadline")), Frame{Type: "cancel", ID: 8}},
		{string(AppendDetach(nil, "s1")), Frame{Type: "detach", Session: "s1"}},
		{string(AppendStop(nil, "shutdown", 1000)), Frame{Type: "stop", WithinMs: 1000}},
		{string(AppendResult(nil, 9, Connected, object)), Frame{Type: "result", ID: 9, Initialized: Connected, Activity: object}},
		{string(AppendFailure(nil, 9, Unconnected, "Error: \"x\"\n", nil)), Frame{Type: "result", ID: 9, Initialized: Unconnected, HasError: true, Error: "Error: \"x\"\n"}},
		{string(AppendFailure(nil, 9, Unsaid, "", nil)), Frame{Type: "result", ID: 9, HasError: true}},
		{string(AppendResult(nil, 9, Unsaid, nil)), Frame{Type: "result", ID: 9}},
		{string(AppendEvent(nil, Unsaid, "s1", "", object)), Frame{Type: "event", Session: "s1", Activity: object}},
		{string(AppendEvent(nil, Connected, "", "s1", object)), Frame{Type: "event", Initialized: Connected, Except: "s1", Activity: object}},
		{`{"type":"actor","id":"new@nest"}`, Frame{Type: "actor", Actor: "new@nest"}},
		{string(AppendKeep(nil, "sts irc.example", "6697", time.Hour)), Frame{Type: "keep"}},
		{string(AppendLinger(nil, time.Hour)), Frame{Type: "linger"}},
		{`{"type":"heartbeat"}` + "\r", Frame{Type: "heartbeat"}},
		{` { "activity" : {"type":"send","object":{"content":"a \"b\" ☂"}} , "id":3 , "type" : "result" } `, Frame{Type: "result", ID: 3, Activity: object}},
	}
	var r Reader
	for _, tt := range tests {
		line := strings.TrimSuffix(tt.line, "\n")
		var got, whole Frame
		if err := r.Read([]byte(line), &got); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if err := whole.parse([]byte(line)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		for _, f := range []Frame{got, whole} {
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
		var f Frame
		if err := new(Reader).Read([]byte(tt.line), &f); err == nil || err.Error() != tt.want {
			t.Errorf("%q gave %v, want %q", tt.line, err, tt.want)
		}
	}
}

// frameText is a frame's members, to compare.
func frameText(f *Frame) string {
	member := func(o *activity.Object) string {
		if o == nil {
			return "none"
		}
		return string(activity.AppendJSON(nil, o))
	}
	return fmt.Sprintf("%q id=%d session=%q address=%q except=%q actor=%q error=%q,%v initialized=%d deadline=%d within=%d activity=%s credentials=%s",
		f.Type, f.ID, f.Session, f.Address, f.Except, f.Actor, f.Error, f.HasError, f.Initialized, f.DeadlineMs, f.WithinMs, member(f.Activity), member(f.Credentials))
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
		var quick, whole Frame
		quickErr := new(Reader).Read(line, &quick)
		err := whole.parse(line)
		if err != nil && quickErr == nil {
			if strings.Contains(err.Error(), "nested deeper") && quick.Whole == nil {
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
