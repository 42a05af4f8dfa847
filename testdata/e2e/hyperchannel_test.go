package e2e

import (
	"bufio"
	"encoding/json"
	"net"
	"os"
	"reflect"
	"strconv"
	"testing"
)

// exchanged is a step of a recorded exchange: what the page or the second person
// does, or what one of them gets.
type exchanged struct {
	Step  string            // what the steps behind it are about; "reload" begins a new connection
	Send  []json.RawMessage // an event of the page: its name and its argument
	Ack   int               // its number, or that of what is acknowledged with Args
	Args  []any
	Event map[string]any // what the page is told
	Otto  string         // what the second person sends
	Hears string         // what he is sent
}

// Hyperchannel, the chat that Sockethub was made for, names platforms by "context"
// and speaks as clients did before contexts. What its released build and the
// server said to each other in a browser, while a second person was in the room,
// was recorded; the same again has the same answers.
//
// Its action was recorded from the page with a member that texts do not have: the
// build looks for the id of what is an id already, and so fails before it sends.
func TestHyperchannel(t *testing.T) {
	d := startNgircd(t, "")
	_, port, _ := net.SplitHostPort(d.address)
	number, _ := strconv.Atoi(port)
	s := startServer(t, map[string]any{
		"rateLimiter":   unlimited["rateLimiter"],
		"logging":       unlimited["logging"],
		"packageConfig": map[string]any{"@sockethub/platform-irc": map[string]any{"allowPrivateAddresses": true, "floodBurst": 100, "floodIntervalMs": 100}},
	})
	otto := d.person("otto", "#kosmos")
	clients := startClients(t)
	page := clients.connect("page", s.url, nil)
	acks := map[int]chan report{}
	var events []map[string]any // that came and no step has asked for yet
	file, err := os.Open("testdata/hyperchannel.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var x exchanged
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		switch {
		case x.Step == "reload":
			receive(t, clients.command(1, map[string]any{"op": "close", "client": "page"}), "the end of the page")
			page = clients.connect("page again", s.url, nil)
			acks, events = map[int]chan report{}, nil
		case x.Step != "":
		case x.Send != nil:
			acks[x.Ack] = page.start(1, asText(t, x.Send[0]), onPort(t, x.Send[1], number))
		case x.Ack != 0:
			r := receive(t, acks[x.Ack], "the acknowledgement in "+lines.Text())
			var got []any
			if err := json.Unmarshal(r.OK, &got); err != nil || len(got) != len(x.Args) || len(got) > 0 && !reflect.DeepEqual(undated(got[0]), x.Args[0]) {
				t.Fatalf("acknowledged with %s, want %s", r.OK, lines.Text())
			}
		case x.Event != nil:
			events = await(t, page, events, x.Event)
		case x.Otto != "":
			otto.say(x.Otto)
		case x.Hears != "":
			otto.awaits(x.Hears)
		}
	}
}

// await returns the events that came besides the one that is wanted.
func await(t *testing.T, page *client, events []map[string]any, want map[string]any) []map[string]any {
	t.Helper()
	for i := 0; ; i++ {
		if i == len(events) {
			var got any
			if err := json.Unmarshal(page.event("message").Args[0], &got); err != nil {
				t.Fatal(err)
			}
			events = append(events, undated(got).(map[string]any))
		}
		if reflect.DeepEqual(events[i], want) {
			return append(events[:i:i], events[i+1:]...)
		}
	}
}

// undated is an activity without the time that it was made at.
func undated(activity any) any {
	if a, ok := activity.(map[string]any); ok {
		delete(a, "published")
	}
	return activity
}

// onPort is an activity whose credentials are for the server of the test, which
// speaks no TLS.
func onPort(t *testing.T, text json.RawMessage, port int) map[string]any {
	t.Helper()
	var a map[string]any
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	if object, ok := a["object"].(map[string]any); ok && object["server"] != nil {
		object["port"], object["secure"] = port, false
	}
	return a
}

func asText(t *testing.T, text json.RawMessage) (s string) {
	t.Helper()
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}
