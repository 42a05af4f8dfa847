package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/daemon/messages"
	"github.com/sockethub/sockethub/platform/dav/davtest"
)

// record writes what happened into the examples, in the place of what they say:
//
//	go test ./testdata/e2e -run DocumentedExchanges -record
//
// A member of an event that is to be heard then only says which event is meant.
var record = flag.Bool("record", false, "rewrite the platforms' schemas/examples.json")

// stage is where the exchanges of a platform take place. The documents name
// servers in the world; the test has its own.
type stage struct {
	config  map[string]any
	names   []string                       // what is called so in the documents, and here, in turn
	prepare func(message *activity.Object) // changes a message before it is sent
	happens map[string]func()              // what others do, by the title of the exchange that hears of it

	environment []string // of the server
	named       int      // how many names were learnt, see learn
}

// stages are those of platforms that need a server to talk to.
var stages = map[string]func(t *testing.T) stage{
	"irc": func(t *testing.T) stage {
		d := startNgircd(t, "")
		host, port, _ := net.SplitHostPort(d.address)
		number, _ := strconv.Atoi(port)
		heron := d.operator("#quay")
		return stage{
			happens: map[string]func(){
				"Somebody invites you":          func() { heron.say("INVITE mara #quay") },
				"You may speak in a room":       func() { heron.say("MODE #quay +v mara") },
				"The connection is lost":        d.stop,
				"The connection is there again": d.run,
			},
			config: map[string]any{"irc": map[string]any{"floodBurst": 100, "allowPrivateAddresses": true}},
			names:  []string{"irc.example.org", host},
			prepare: func(message *activity.Object) {
				if o := message.Object("object"); message.Text("type") == "credentials" {
					o.Set("port", number)
					o.Set("secure", false)
				}
			},
		}
	},
	"xmpp": func(t *testing.T) stage {
		p := startProsody(t)
		return stage{
			config:      map[string]any{"xmpp": map[string]any{"connectTimeoutMs": 30000, "allowPrivateAddresses": true}},
			environment: p.trusted(),
			names:       []string{"rooms.example.org", "rooms.localhost", "example.org", "localhost"},
			prepare: func(message *activity.Object) {
				if message.Text("type") == "credentials" {
					message.Object("object").Set("server", "xmpp://"+p.address)
				}
			},
		}
	},
	"caldav":  dav,
	"carddav": dav,
}

// dav is a calendar and an address book of ann.
func dav(t *testing.T) stage {
	d := davtest.Start(t, "radicale")
	own := map[string]any{"allowPrivateAddresses": true, "allowInsecureHttp": true}
	return stage{
		config: map[string]any{"caldav": own, "carddav": own},
		names:  []string{"https://dav.example.org/", d.URL},
	}
}

// The exchanges that the documents show are those that happen.
func TestDocumentedExchanges(t *testing.T) {
	files, err := os.ReadDir("../../platform")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		path := "../../platform/" + file.Name() + "/schemas/examples.json"
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		t.Run(file.Name(), func(t *testing.T) { replay(t, file.Name(), path, text) })
	}
}

func replay(t *testing.T, platform, path string, text []byte) {
	exchanges, err := messages.ParseExamples(text)
	if err != nil {
		t.Fatal(err)
	}
	on := stage{config: map[string]any{}}
	if begin := stages[platform]; begin != nil {
		on = begin(t)
	}
	s := startServer(t, map[string]any{
		"platforms": []string{platform}, "packageConfig": on.config, "logging": map[string]any{"file": ""},
		"rateLimiter": map[string]any{"maxRequests": 1000000},
	}, on.environment...)
	on.names = append(on.names, "http://localhost:10550", s.url)
	all, sessions := startClients(t), map[string]*client{}
	for i := range exchanges {
		e := &exchanges[i]
		c := sessions[e.As]
		if c == nil {
			c = all.connect("session "+e.As, s.url, transports["websocket"])
			sessions[e.As] = c
		}
		if e.Message != nil {
			c.exchange(t, platform, &on, e)
		}
		if happens := on.happens[e.Title]; happens != nil {
			happens()
		}
		for j := range e.Hears {
			e.Hears[j] = c.overhears(t, &on, e.Title, e.Hears[j])
		}
	}
	if *record {
		if err := os.WriteFile(path, messages.AppendExamples(nil, exchanges), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// exchange sends a message and compares what it is answered.
func (cl *client) exchange(t *testing.T, platform string, on *stage, e *messages.Exchange) {
	t.Helper()
	message := on.here(e.Message)
	message.Set("@context", activity.Canonical(activity.PlatformContextURL(platform)))
	if on.prepare != nil {
		on.prepare(message)
	}
	event := "message"
	if e.Message.Text("type") == "credentials" {
		event = "credentials"
	}
	r := receive(t, cl.start(1, event, json.RawMessage(activity.AppendJSON(nil, message))), e.Title)
	var args []json.RawMessage
	if err := json.Unmarshal(r.OK, &args); err != nil || len(args) != 1 {
		t.Fatalf("%s: answered %s %s", e.Title, r.OK, r.Error)
	}
	answer := on.documented(t, args[0])
	if *record {
		e.Answer = answer
	} else if unordered(answer, "") != unordered(e.Answer, "") {
		t.Errorf("%s: the answer is\n%s\nand the documents say\n%s", e.Title, shown(answer), shown(e.Answer))
	}
}

// overhears waits for an event that is documented; others may come between.
func (cl *client) overhears(t *testing.T, on *stage, title string, want *activity.Object) *activity.Object {
	t.Helper()
	for {
		r := receive(t, cl.events, title+": "+shown(want))
		if r.Event != "message" {
			continue
		}
		got := on.documented(t, r.Args[0])
		if *record && includes(got, want) || unordered(got, "") == unordered(want, "") {
			return got
		}
	}
}

// includes reports whether an event has all that a pattern has.
func includes(got, pattern any) bool {
	p, ok := pattern.(*activity.Object)
	if !ok {
		return shown(got) == shown(pattern)
	}
	o, _ := got.(*activity.Object)
	for i := range p.Len() {
		name, value := p.Member(i)
		if !includes(o.Get(name), value) {
			return false
		}
	}
	return o != nil
}

// here is a message as it is sent in the test.
func (on *stage) here(message *activity.Object) *activity.Object {
	text := activity.AppendJSON(nil, message)
	for i := 0; i < len(on.names); i += 2 {
		text = bytes.ReplaceAll(text, []byte(on.names[i]), []byte(on.names[i+1]))
	}
	o, err := activity.ParseObject(text)
	if err != nil {
		panic(err)
	}
	return o
}

// fleeting are values that are others each time.
var fleeting = []struct {
	pattern *regexp.Regexp
	shown   string
}{
	{regexp.MustCompile(`"(published|signedOn)":"20(2[6-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`), `"$1":"2026-03-05T08:00:00.000Z"`},
	{regexp.MustCompile(`"Connection lost: [^"]*\. Attempting`), `"Connection lost: the server closed the connection. Attempting`},
	{regexp.MustCompile(`"idleSeconds":\d+`), `"idleSeconds":0`},
	{regexp.MustCompile(`"(put|get)":"[^"]*/([^/"]*)"`), `"$1":"https://upload.example.org/slot-1/$2"`},
	{regexp.MustCompile(`"Authorization":"[^"]*"`), `"Authorization":"Bearer slot-1"`},
}

// documented is an answer as the documents show it.
func (on *stage) documented(t *testing.T, answer []byte) *activity.Object {
	t.Helper()
	on.learn(t, answer)
	text := string(answer)
	for i := 0; i < len(on.names); i += 2 {
		text = strings.ReplaceAll(text, on.names[i+1], on.names[i])
	}
	if len(on.names) > 2 { // of a feed the times are the feed's
		for _, f := range fleeting {
			text = f.pattern.ReplaceAllString(text, f.shown)
		}
	}
	o, err := activity.ParseObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	dropContext(o)
	return o
}

// made are the members with names that a server makes up.
var made = regexp.MustCompile(`"(etag|syncToken|first|last|xmpp:stanza-id|xmpp:occupant-id)":"((?:[^"\\]|\\.)*)"`)

// learn gives what the server has made up a name that is the same each time.
func (on *stage) learn(t *testing.T, answer []byte) {
	t.Helper()
	for _, m := range made.FindAllSubmatch(answer, -1) {
		name := strings.Trim(string(m[2]), `\"`)
		if name == "" || slices.Contains(on.names, name) {
			continue
		}
		on.named++
		on.names = append(on.names, fmt.Sprintf("%s-%d", strings.TrimPrefix(string(m[1]), "xmpp:"), on.named), name)
	}
}

func dropContext(o *activity.Object) {
	o.Delete("@context")
	for i := range o.Len() {
		_, v := o.Member(i)
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, v := range list {
			if o, ok := v.(*activity.Object); ok {
				dropContext(o)
			}
		}
	}
}

func shown(v any) string { return string(activity.AppendJSON(nil, v)) }

// unordered is a value without the order of what servers tell in any order: the
// members of objects, and two lists.
func unordered(v any, name string) string {
	var parts []string
	switch v := v.(type) {
	case *activity.Object:
		for i := range v.Len() {
			name, value := v.Member(i)
			parts = append(parts, name+": "+unordered(value, name))
		}
		slices.Sort(parts)
	case []any:
		for _, element := range v {
			parts = append(parts, unordered(element, ""))
		}
		if name == "items" || name == "features" {
			slices.Sort(parts)
		}
	default:
		return shown(v)
	}
	return "[" + strings.Join(parts, "\x00") + "]"
}
