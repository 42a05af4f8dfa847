package recur

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// recorded is a resource with its occurrences; see testdata/README.md.
type recorded struct {
	ID, About, ICS string
	From, To       time.Time
	Starts         []string
	Occurrences    []struct {
		Start, End         string
		RecurrenceID, Name string
	}
	RuleError bool
}

func readCases(t testing.TB) (cases []recorded) {
	t.Helper()
	file, err := os.Open("testdata/recurrence.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c recorded
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

func TestCases(t *testing.T) {
	cases := readCases(t)
	if len(cases) != 104 {
		t.Fatalf("%d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			set, err := readSet(c.ICS)
			if c.RuleError {
				if err == nil {
					t.Error("the rule can be read")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			found, truncated := set.Between(c.From, c.To)
			var got, want []string
			for _, o := range found {
				text := o.Start.String()
				if c.Starts == nil {
					text += " " + o.End.String()
					if o.Override >= 0 {
						text += " " + o.ID.String()
					}
				}
				got = append(got, text)
				if o.Override < 0 && !set.Has(o.ID.Instant()) {
					t.Errorf("%s is no occurrence", o.ID)
				}
			}
			want = c.Starts
			for _, o := range c.Occurrences {
				want = append(want, strings.TrimSpace(o.Start+" "+o.End+" "+o.RecurrenceID))
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") || truncated {
				t.Errorf("%s\n%s\n got %s\nwant %s", c.About, c.ICS, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
			}
		})
	}
}

// readSet reads a resource as the tests write it: what package ical does for the
// platform.
func readSet(ics string) (*Set, error) {
	var zones []VTimeZone
	var components [][]Property
	var at []string
	for line := range strings.SplitSeq(strings.ReplaceAll(ics, "\r\n", "\n"), "\n") {
		p := property(line)
		switch {
		case p.Name == "BEGIN":
			at = append(at, p.Value)
			switch p.Value {
			case "VEVENT", "VTODO":
				components = append(components, []Property{})
			case "VTIMEZONE":
				zones = append(zones, VTimeZone{})
			case "STANDARD", "DAYLIGHT":
				z := &zones[len(zones)-1]
				z.Observances = append(z.Observances, Observance{})
			}
		case p.Name == "END":
			at = at[:len(at)-1]
		case len(at) < 2:
		case at[1] == "VTIMEZONE":
			z := &zones[len(zones)-1]
			switch p.Name {
			case "TZID":
				z.TZID = p.Value
			case "X-LIC-LOCATION":
				z.Location = p.Value
			}
			if len(at) == 2 {
				continue
			}
			o := &z.Observances[len(z.Observances)-1]
			switch p.Name {
			case "DTSTART":
				o.Start = p.Value
			case "TZOFFSETFROM":
				o.OffsetFrom = p.Value
			case "TZOFFSETTO":
				o.OffsetTo = p.Value
			case "TZNAME":
				o.Name = p.Value
			case "RRULE":
				o.Rules = append(o.Rules, p.Value)
			case "RDATE":
				o.Dates = append(o.Dates, p.Value)
			}
		default:
			components[len(components)-1] = append(components[len(components)-1], p)
		}
	}
	var master []Property
	var overrides [][]Property
	for _, c := range components {
		if name := "RECURRENCE-ID"; strings.Contains(names(c), name) {
			overrides = append(overrides, c)
		} else {
			master = c
		}
	}
	return New(master, overrides, NewZones(zones...))
}

func names(c []Property) (all string) {
	for _, p := range c {
		all += p.Name + " "
	}
	return all
}

func property(line string) (p Property) {
	quoted := false
	end := strings.IndexFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ':' && !quoted
	})
	if end < 0 {
		return p
	}
	p.Value = line[end+1:]
	parameters := strings.Split(line[:end], ";")
	p.Name = parameters[0]
	for _, parameter := range parameters[1:] {
		switch name, value, _ := strings.Cut(parameter, "="); name {
		case "TZID":
			p.TZID = value
		case "RANGE":
			p.Range = value
		}
	}
	return p
}
