package middleware

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/activity/schema"
	"github.com/sockethub/sockethub/testdata/peer"
)

// Clients depend on which of several errors comes first, so ours are those of
// Ajv, the validator that wrote the texts they know, in its order, also for
// payloads that nobody has recorded.
func TestErrorsAsAjv(t *testing.T) {
	node, dir := peer.Node(t)
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "ajv-formats-draft2019")); err != nil {
		peer.Missing(t, "the npm packages ajv, ajv-formats and ajv-formats-draft2019 are not installed: run npm ci in testdata/node")
	}
	p := New(publishedRegistry(t))
	schemas := map[string]*schema.Schema{"envelope": p.envelope}
	texts := activity.NewObject()
	envelope, err := activity.Parse(envelopeSchema)
	if err != nil {
		t.Fatal(err)
	}
	texts.Set("envelope", envelope)
	for _, platform := range p.Registry().Platforms() {
		schemas[platform.ID+" message"] = platform.MessageSchema
		text, err := activity.Parse(platform.Messages)
		if err != nil {
			t.Fatal(err)
		}
		texts.Set(platform.ID+" message", text)
		if platform.Credentials != nil {
			schemas[platform.ID+" credentials"] = platform.CredentialsSchema
			text, err := activity.Parse(platform.Credentials)
			if err != nil {
				t.Fatal(err)
			}
			texts.Set(platform.ID+" credentials", text)
		}
	}

	type question struct {
		schema string
		value  any
	}
	var questions []question
	input := append(activity.AppendJSON(nil, texts), '\n')
	mutate := mutator{rand.New(rand.NewPCG(1, 2))}
	for _, tt := range validationCases(t) {
		o, ok := tt.payload.(*activity.Object)
		if !ok {
			continue
		}
		for range 20 {
			// A payload is only interesting to its platform, or to the one
			// whose schema it nearly matches.
			name, _ := texts.Member(mutate.IntN(texts.Len()))
			if a, _, err := p.normalise(o, nil); err == nil {
				context, _ := a.Get("@context").([]any)
				if platform, err := p.registry.Resolve(context); err == nil && mutate.IntN(4) > 0 {
					name = platform.ID + " " + tt.event
				}
			}
			if mutate.IntN(4) == 0 {
				name = "envelope"
			}
			if schemas[name] == nil {
				continue
			}
			value := o.Clone()
			for range mutate.IntN(4) {
				mutate.object(value)
			}
			questions = append(questions, question{name, value})
			line := activity.NewObject(activity.Member{Name: "schema", Value: name}, activity.Member{Name: "value", Value: value})
			input = append(activity.AppendJSON(input, line), '\n')
		}
	}

	cmd := exec.Command(node, "testdata/ajv.cjs", dir)
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(bytes.NewReader(output))
	answers.Buffer(nil, 1<<20)
	invalid := 0
	for _, q := range questions {
		if !answers.Scan() {
			t.Fatal("ajv stopped answering")
		}
		errors := schemas[q.schema].Validate(q.value)
		got := []any{}
		for _, e := range errors {
			got = append(got, []any{e.InstancePath, e.SchemaPath, e.Keyword, e.Message})
		}
		if len(errors) > 0 {
			invalid++
		}
		if got := activity.AppendJSON(nil, got); !bytes.Equal(got, answers.Bytes()) {
			t.Fatalf("%s, value %s\ngot  %s\nwant %s", q.schema, activity.AppendJSON(nil, q.value), got, answers.Bytes())
		}
	}
	t.Logf("%d payloads, %d of them invalid", len(questions), invalid)
}

// mutator changes activities in ways that break rules, or nearly do.
type mutator struct {
	*rand.Rand
}

// object changes one member of o or of an object in it.
func (m mutator) object(o *activity.Object) {
	if o.Len() == 0 || m.IntN(6) == 0 {
		o.Set(m.name(), m.value(0))
		return
	}
	name, value := o.Member(m.IntN(o.Len()))
	switch v := value.(type) {
	case *activity.Object:
		if m.IntN(3) > 0 {
			m.object(v)
			return
		}
	case []any:
		if len(v) > 0 && m.IntN(3) > 0 {
			list := append([]any{}, v...)
			i := m.IntN(len(list))
			if child, ok := list[i].(*activity.Object); ok && m.IntN(2) == 0 {
				child = child.Clone()
				m.object(child)
				list[i] = child
			} else {
				list[i] = m.value(0)
			}
			if m.IntN(4) == 0 {
				list = append(list, list[m.IntN(len(list))])
			}
			o.Set(name, list)
			return
		}
	}
	switch m.IntN(4) {
	case 0:
		o.Delete(name)
	case 1:
		o.Set(m.name(), value)
	default:
		o.Set(name, m.value(0))
	}
}

func (m mutator) name() string {
	names := []string{"type", "id", "name", "content", "actor", "target", "object", "published", "error", "xmpp:replace", "a/b~c",
		"7", "etag", "uid", "startTime", "completedTime", "status", "recurrence", "count", "until", "byDay", "byMonthDay", "attendees",
		"attachments", "url", "data", "reminders", "token", "password", "saslMechanism", "nick", "limit", "since", "emails", "types"}
	return names[m.IntN(len(names))]
}

func (m mutator) value(depth int) any {
	values := []any{nil, true, false, 0.0, -1.0, 1.5, 3.0, 1e21, "", "x", "person", "room", "feed", "website", "address", "calendar",
		"addressBook", "message", "topic", "presence", "room-info", "event", "task", "completed", "PLAIN", "OAUTHBEARER", "credentials", "update",
		"2031-02-03T04:05:06Z", "2031-02-03 04:05:06.1-0230", "2031-02-30T04:05:06Z", "2031-02-03\u00a023:59:60", "https://lantern.test/a?b#c",
		"https://lantern.test/a b", "urn:a:b", "made-up:x", "mailto:", "MAILTO:a#b", "http:/a[b", "x:", "x:?", "http://[::1]:8/", "http:/[::1]/", "a@b.test", "a@b",
		"\"a b\"@c.test", "tulip@garden.test", "MO", "+2TU", "6MO", "daily", "\U0001F9E6", "\n"}
	if depth < 2 {
		switch m.IntN(8) {
		case 0:
			o := activity.NewObject()
			for range m.IntN(4) {
				o.Set(m.name(), m.value(depth+1))
			}
			return o
		case 1:
			list := []any{}
			for range m.IntN(4) {
				list = append(list, m.value(depth+1))
			}
			return list
		}
	}
	if m.IntN(40) == 0 {
		return fmt.Sprintf("%0*d", m.IntN(9000), 7)
	}
	return values[m.IntN(len(values))]
}
