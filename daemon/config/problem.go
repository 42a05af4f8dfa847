package config

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Problem is one thing that is wrong. Its text is made for whoever started the
// server, and never holds a secret.
type Problem struct {
	Place   string // "sockethub.config.json:4", "PORT", "--port"
	Key     string // "sockethub.port"; "" where the place says it all
	Found   string // what is there, quoted as JSON; "" if the rule says it
	Rule    string // what is allowed or what is wrong
	Nearest string // what was probably meant; "" if nothing is near
}

func (p *Problem) Error() string {
	var b strings.Builder
	for _, part := range []string{p.Place, p.Key} {
		if part != "" {
			b.WriteString(part + ": ")
		}
	}
	if p.Found != "" {
		b.WriteString("found " + p.Found + ", allowed: ")
	}
	b.WriteString(p.Rule)
	if p.Nearest != "" {
		b.WriteString("; did you mean " + p.Nearest + "?")
	}
	return b.String()
}

// Problems is everything that is wrong, in the order file, environment, flags.
type Problems []*Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// maxFound is how many bytes of a wrong value are repeated.
const maxFound = 60

// quote writes a found text as JSON, cut where it is long.
func quote(text string) string {
	text, more := cut(text)
	b, _ := json.Marshal(text)
	return string(b) + more
}

func cut(text string) (head, more string) {
	if len(text) <= maxFound {
		return text, ""
	}
	head = text[:maxFound]
	for !utf8.ValidString(head) && len(head) > maxFound-utf8.UTFMax {
		head = head[:len(head)-1]
	}
	return head, "…"
}

// nearest returns the name that word is a typing error of, or "".
func nearest(word string, names []string) string {
	best, found := 1+max(1, len(word)/4), ""
	for _, name := range names {
		if d := distance(strings.ToLower(word), strings.ToLower(name)); d < best {
			best, found = d, name
		}
	}
	return found
}

// distance is how many letters must be added, left out, changed or swapped with
// their neighbour to make a of b.
func distance(a, b string) int {
	var before, last, row []int
	last = make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row = make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			d := last[j]
			if a[i] != b[j] {
				d = 1 + min(d, last[j+1], row[j])
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, before[j-1]+1)
			}
			row[j+1] = d
		}
		before, last = last, row
	}
	return last[len(b)]
}
