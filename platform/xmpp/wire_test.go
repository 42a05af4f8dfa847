package xmpp

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// wireCase is a transcript of the reference with a scripted server.
type wireCase struct {
	Name, Note string
	Steps      []map[string]any
}

// wireOurs is what ours does where it differs, and the reason: a row of section 11 of
// the specification, or a shape of section 14.
type wireOurs struct {
	Name string `json:"name"`
	Why  string `json:"why"`
	did
}

// did is what came of a case: what the client said to be let in, answers to jobs,
// what clients were told, and the stanzas that were sent.
type did struct {
	Login   []string `json:"login,omitempty"`
	Answers []string `json:"answers,omitempty"`
	Events  []any    `json:"events,omitempty"`
	Sent    []string `json:"sent,omitempty"`
}

// The scripts of the reference's recordings, each with what comes of it here.
func TestWire(t *testing.T) {
	const ourFile = "testdata/xmpp-wire-ours.jsonl"
	reasons, ours := map[string]string{}, map[string]did{}
	for _, o := range readLines[wireOurs](t, ourFile) {
		reasons[o.Name], ours[o.Name] = o.Why, o.did
	}
	var mu sync.Mutex
	var rewritten []wireOurs
	t.Run("cases", func(t *testing.T) {
		for _, c := range readLines[wireCase](t, "testdata/xmpp-wire.jsonl") {
			if wireNotReplayed[c.Name] != "" {
				continue
			}
			t.Run(c.Name, func(t *testing.T) {
				t.Parallel()
				got, want := replayWire(t, &c), c.recorded()
				if *update {
					if !reflect.DeepEqual(got, want) {
						mu.Lock()
						rewritten = append(rewritten, wireOurs{c.Name, reasons[c.Name], got})
						mu.Unlock()
					}
					return
				}
				if own, differs := ours[c.Name]; differs {
					want = own
				}
				if !reflect.DeepEqual(got, want) {
					g, _ := json.MarshalIndent(got, "", " ")
					w, _ := json.MarshalIndent(want, "", " ")
					t.Errorf("%s\nours does\n%s\nwant\n%s", c.Note, g, w)
				}
			})
		}
	})
	for name, why := range reasons {
		if why == "" {
			t.Errorf("%s differs without a reason", name)
		}
	}
	if *update {
		slices.SortFunc(rewritten, func(a, b wireOurs) int { return strings.Compare(a.Name, b.Name) })
		var b strings.Builder
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		for _, o := range rewritten {
			encoder.Encode(o)
		}
		if err := os.WriteFile(ourFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// recorded is what came of a case with the reference.
func (c *wireCase) recorded() did {
	var d did
	bound := false
	for _, s := range c.Steps {
		switch {
		case s["tcp"] == "connected":
			bound = false
		case s["done"] != nil:
			d.answered(s["done"].(string), s["error"])
		case s["thrown"] != nil:
			d.answered(s["thrown"].(string), strings.TrimPrefix(s["error"].(string), "Error: "))
		case s["event"] != nil:
			d.Events = append(d.Events, s["event"])
		case s["server"] != nil:
			bound = bound || isBound(s["server"].(string))
		case s["client"] != nil:
			for _, e := range elements(s["client"].(string)) {
				if bound {
					d.sent(e)
				} else {
					d.asked(e)
				}
			}
		}
	}
	return d
}

func isBound(text string) bool {
	return strings.Contains(text, "<jid>") || strings.Contains(text, "<resumed ")
}

func (d *did) answered(verb string, why any) {
	if why == nil || why == "" {
		d.Answers = append(d.Answers, verb)
		return
	}
	d.Answers = append(d.Answers, verb+": "+why.(string))
}

// resets and randomID are what differs each time: ids that nobody can guess, and how a connection
// that is reset shows.
var (
	resets   = strings.NewReplacer("EPIPE: the connection is closed", "ECONNRESET: connection reset")
	randomID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[A-Z2-7]{26}\b`)
)

// asked notes what is said to be let in. A proof of SCRAM is another one each time.
func (d *did) asked(e *xml.Element) {
	text := e.String()
	if id := e.Attr("id"); id != "" {
		text = strings.ReplaceAll(text, `"`+id+`"`, `"ID"`)
	}
	if e.Space == nsSASL && e.Attr("mechanism") != "PLAIN" {
		text = strings.ReplaceAll(text, e.Text(), "PROOF")
	}
	d.Login = append(d.Login, text)
}

// sent notes a stanza; what is asked by itself after the login is left out.
func (d *did) sent(e *xml.Element) {
	if e.Space == nsSM || e.Is(nsClient, "iq") && isOwnQuestion(e) {
		return
	}
	d.Sent = append(d.Sent, randomID.ReplaceAllString(e.String(), "ID"))
}

func isOwnQuestion(e *xml.Element) bool {
	payload, get := e.FirstElement(), e.Attr("type") == "get"
	return payload.Is(nsCarbons, "enable") || payload.Is(nsArchive, "query") ||
		get && (payload.Is(nsRoster, "query") || payload.Is(nsPing, "ping") || payload.Is(nsDiscoInfo, "query"))
}

// elements reads what a transcript has in one piece.
func elements(text string) []*xml.Element {
	text = strings.TrimSuffix(text, footer)
	var all []*xml.Element
	r := xml.NewReader(strings.NewReader(`<stream xmlns="` + nsClient + `">` + text))
	for {
		e, err := r.Next()
		if err != nil {
			return all
		}
		all = append(all, e)
	}
}
