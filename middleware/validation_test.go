package middleware

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

// publishedRegistry is the registry of the server whose clients ours must
// satisfy, with all its platforms.
func publishedRegistry(t testing.TB) *activity.Registry {
	t.Helper()
	data, err := os.ReadFile("testdata/registry.json")
	if err != nil {
		t.Fatal(err)
	}
	file, err := activity.ParseObject(data)
	if err != nil {
		t.Fatal(err)
	}
	var platforms []activity.Platform
	for _, v := range file.Object("full").Get("platforms").([]any) {
		o := v.(*activity.Object)
		p := activity.Platform{
			ID: o.Text("id"), Version: o.Text("version"), ContextURL: o.Text("contextUrl"),
			ContextVersion: o.Text("contextVersion"), SchemaVersion: o.Text("schemaVersion"),
			Messages: activity.AppendJSON(nil, o.Object("schemas").Get("messages")),
		}
		if o.Get("types").([]any)[0] == "credentials" {
			p.Credentials = activity.AppendJSON(nil, o.Object("schemas").Get("credentials"))
		}
		platforms = append(platforms, p)
	}
	reg, err := activity.NewRegistry("1", platforms)
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// validationCase is one event and its recorded acknowledgement.
type validationCase struct {
	number  string
	why     string
	event   string
	payload any
	ack     *activity.Object
}

func validationCases(t testing.TB) []validationCase {
	t.Helper()
	data, err := os.ReadFile("testdata/validation.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var cases []validationCase
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		o, err := activity.ParseObject(lines.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, validationCase{
			number:  string(activity.AppendJSON(nil, o.Get("i"))),
			why:     o.Text("group") + ": " + o.Text("why"),
			event:   o.Text("event"),
			payload: o.Get("payload"),
			ack:     o.Object("ack"),
		})
	}
	if len(cases) != 614 {
		t.Fatalf("read %d cases, want 614", len(cases))
	}
	return cases
}

// fromPlatform reports whether the text of an error is one that a platform
// answers with: the event itself was accepted.
func fromPlatform(text string) bool {
	for _, prefix := range []string{"Error: ", "TypeError: ", "credentials not found for "} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return strings.HasSuffix(text, " called on uninitialized platform")
}

// The recorded acknowledgements that ours differ from on purpose, besides those
// of accepted credentials, which never carry the secrets back.
var different = map[string]struct{ why, ack string }{
	"0":   {falsy, notObject},
	"2":   {falsy, notObject},
	"6":   {falsy, notObject},
	"14":  {falsy, notObject},
	"16":  {falsy, notObject},
	"17":  {falsy, notObject},
	"20":  {falsy, notObject},
	"9":   {spread, notObject},
	"10":  {spread, notObject},
	"12":  {spread, notObject},
	"13":  {spread, notObject},
	"21":  {spread, notObject},
	"24":  {spread, notObject},
	"25":  {spread, notObject},
	"26":  {spread, notObject},
	"101": {`"context" is how older clients name a platform: it is understood`, ""},
}

const (
	falsy     = "an empty answer to what JavaScript counts as false hides the error"
	spread    = "members made of a string's or list's parts say nothing"
	notObject = `{"error":"message received is not an object."}`
)

// Every event of the recording is refused or accepted as it was then, and a
// refused one gets the same acknowledgement.
func TestRecordedEvents(t *testing.T) {
	p := New(publishedRegistry(t))
	used := map[string]bool{}
	for _, tt := range validationCases(t) {
		t.Run(tt.number, func(t *testing.T) {
			var err error
			var accepted *Accepted
			if tt.event == "credentials" {
				accepted, err = p.Credentials(tt.payload)
			} else {
				accepted, err = p.Message(tt.payload)
			}
			want := string(activity.AppendJSON(nil, tt.ack))
			if text := tt.ack.Text("error"); tt.event == "message" && (text == "" || fromPlatform(text)) {
				want = "" // what a platform answers is not ours
			}
			got := ""
			switch {
			case err != nil:
				got = string(FailureAck(tt.payload, err.Error()))
			case tt.event == "credentials":
				got = string(CredentialsAck(accepted))
				withoutSecrets := tt.ack.Clone()
				if kind, ok := tt.ack.Object("object").Lookup("type"); ok {
					withoutSecrets.Set("object", activity.NewObject(activity.Member{Name: "type", Value: kind}))
				} else if _, ok := tt.ack.Lookup("object"); ok {
					withoutSecrets.Set("object", activity.NewObject())
				}
				want = string(activity.AppendJSON(nil, withoutSecrets))
			}
			if d, ok := different[tt.number]; ok {
				used[tt.number] = true
				if sameJSON(t, got, want) {
					t.Errorf("is not different from the recording: %s", d.why)
				}
				want = d.ack
			}
			if !sameJSON(t, got, want) {
				t.Errorf("%s %s %s\ngot  %s\nwant %s", tt.why, tt.event, activity.AppendJSON(nil, tt.payload), got, want)
			}
		})
	}
	if len(used) != len(different) {
		t.Errorf("%d of the %d differences are in the recording", len(used), len(different))
	}
}

// sameJSON compares texts without regard to the order of members; "" is the
// same only as itself.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	if a == "" || b == "" {
		return a == b
	}
	var values [2]any
	for i, text := range []string{a, b} {
		if err := json.Unmarshal([]byte(text), &values[i]); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}
