package vcard

import (
	"slices"
	"strings"
	"unicode"

	"github.com/sockethub/sockethub/platform/dav/contentline"
	"github.com/sockethub/sockethub/platform/dav/shape"
)

// list is a member whose entries are properties with types.
type list struct {
	member, property string
	schemes          []string // not shown before a value
}

var lists = []list{
	{"emails", "EMAIL", []string{"mailto:"}},
	{"telephones", "TEL", []string{"tel:", "mailto:"}},
	{"addresses", "ADR", nil},
	{"urls", "URL", nil},
	{"impps", "IMPP", nil},
}

// addressParts are the members of an address, in the order of ADR's parts.
var addressParts = []string{"postOfficeBox", "extendedAddress", "street", "locality", "region", "postalCode", "country"}

// entries returns what clients see of a list, and the lines. An entry without a
// value is none.
func (c *Card) entries(f list) (entries []any, lines []int) {
	labels := c.labels()
	for i, l := range c.All(f.property) {
		value := f.value(c, l)
		if value == "" && f.property != "ADR" {
			continue
		}
		m := shape.New()
		m.Text("value", value)
		types, preferred := types(l)
		m.List("types", types)
		if preferred {
			m.Add("preferred", true)
		}
		if f.property == "ADR" {
			parts := contentline.Split(c.value(l), ';')
			for n, name := range addressParts[:min(len(parts), len(addressParts))] {
				m.Text(name, c.unescape(parts[n]))
			}
		}
		m.Text("label", labels[strings.ToLower(l.Group())])
		entries, lines = append(entries, m.Object()), append(lines, i)
	}
	return entries, lines
}

// value is what clients see of a property with one value.
func (f list) value(c *Card, l *contentline.Line) string {
	if f.property == "ADR" {
		return ""
	}
	v := c.unescape(c.value(l))
	for _, scheme := range f.schemes {
		if len(v) >= len(scheme) && strings.EqualFold(v[:len(scheme)], scheme) {
			v = v[len(scheme):]
		}
	}
	return v
}

// types returns the words of TYPE, also those that stand alone (vCard 2.1), each
// once and in lower case, and whether the entry is the preferred one.
func types(l *contentline.Line) (words []any, preferred bool) {
	preferred = l.Param("PREF") == "1"
	for p := range l.Params() {
		if !isType(p.Name, p.Value) {
			continue
		}
		for v := range p.Values() {
			for word := range strings.SplitSeq(strings.ToLower(v), ",") {
				if word == "pref" {
					preferred = true
				} else if word != "" && !strings.ContainsFunc(word, unicode.IsSpace) && !slices.Contains(words, any(word)) {
					words = append(words, word)
				}
			}
		}
	}
	return words, preferred
}

// isType reports whether a parameter says a type. Of words that stand alone,
// some are encodings.
func isType(name, value string) bool {
	if name != "" {
		return strings.EqualFold(name, "TYPE")
	}
	switch strings.ToUpper(value) {
	case "QUOTED-PRINTABLE", "BASE64", "B", "7BIT", "8BIT", "INLINE", "URL", "CONTENT-ID", "":
		return false
	}
	return true
}

// label returns the number of the line with a group's label, -1 for none.
func (c *Card) label(group string) int {
	if group == "" {
		return -1
	}
	for i, l := range c.All("X-ABLABEL") {
		if strings.EqualFold(l.Group(), group) {
			return i
		}
	}
	return -1
}

// labels are the texts of all labels, by group in lower case.
func (c *Card) labels() map[string]string {
	var labels map[string]string
	for _, l := range c.All("X-ABLABEL") {
		group := strings.ToLower(l.Group())
		if _, twice := labels[group]; twice || group == "" {
			continue
		}
		if labels == nil {
			labels = map[string]string{}
		}
		labels[group] = labelText(c.unescape(c.value(l)))
	}
	return labels
}

// labelText is a label as people know it: Apple writes its own words as
// _$!<HomePage>!$_.
func labelText(v string) string {
	if inner, ok := strings.CutPrefix(v, "_$!<"); ok {
		return strings.TrimSuffix(inner, ">!$_")
	}
	return v
}
