package vcard

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/contentline"
	"github.com/sockethub/sockethub/platform/dav/shape"
)

// list changes the entries of a list that the message says otherwise. An entry is
// found again by its value; one with another value but the same types takes the
// place of one that is wanted no more.
func (p *patch) list(f list) error {
	if !p.differs(f.member) {
		return nil
	}
	want, err := shape.Objects(p.message, f.member)
	if err != nil {
		return err
	}
	have, lines := p.entries(f)
	of := shape.Match(want, have, shape.Equal, shape.Key(f.key), sameKind)
	for j, i := range lines {
		if !slices.Contains(of, j) {
			p.removeEntry(i)
		}
	}
	for n, v := range want {
		o := v.(*activity.Object)
		if f.property == "URL" && strings.ContainsAny(o.Text("value"), "\r\n") {
			return errors.New("invalid vCard URL")
		}
		if of[n] >= 0 {
			err = p.patchEntry(f, lines[of[n]], o, have[of[n]].(*activity.Object))
		} else {
			err = p.addEntry(f, o)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// key tells entries apart.
func (f list) key(o *activity.Object) string {
	if f.property != "ADR" {
		return o.Text("value")
	}
	parts := make([]string, len(addressParts))
	for i, name := range addressParts {
		parts[i] = o.Text(name)
	}
	return strings.Trim(strings.Join(parts, "\n"), "\n")
}

// sameKind reports whether two entries have the same types, label and
// preference.
func sameKind(want, have any) bool {
	w, h := want.(*activity.Object), have.(*activity.Object)
	label, labelled := w.Lookup("label")
	return sameTypes(w, h) && shape.Equal(w.Get("preferred"), h.Get("preferred")) &&
		(!labelled || shape.Equal(label, h.Get("label")))
}

// sameTypes reports whether two entries have the same types, in any order.
func sameTypes(a, b *activity.Object) bool {
	return slices.Equal(sortedTypes(a), sortedTypes(b))
}

func sortedTypes(o *activity.Object) []string {
	list, _ := o.Get("types").([]any)
	var words []string
	for _, v := range list {
		if word, ok := v.(string); ok {
			words = append(words, strings.ToLower(word))
		}
	}
	slices.Sort(words)
	return words
}

// removeEntry takes a property away, and what only belongs to it: the label of
// its group.
func (p *patch) removeEntry(i int) {
	group := p.file.Lines[i].Group()
	p.remove(i)
	if group == "" {
		return
	}
	var rest []int
	for j, l := range p.Lines() {
		if !strings.EqualFold(l.Group(), group) {
			continue
		}
		if len(l.Name()) < len("X-AB") || !strings.EqualFold(l.Name()[:len("X-AB")], "X-AB") {
			return
		}
		rest = append(rest, j)
	}
	for _, j := range rest {
		p.remove(j)
	}
}

func (p *patch) patchEntry(f list, i int, want, have *activity.Object) error {
	if f.key(want) != f.key(have) {
		p.set(i, p.entryValue(f, want, &p.file.Lines[i]))
	}
	_, typed := want.Lookup("types")
	_, ranked := want.Lookup("preferred")
	if typed && !sameTypes(want, have) || ranked && !shape.Equal(want.Get("preferred"), have.Get("preferred")) {
		merged := have.Copy()
		for _, name := range []string{"types", "preferred"} {
			if v, ok := want.Lookup(name); ok {
				merged.Set(name, v)
			}
		}
		if err := p.setTypes(i, merged, sortedTypes(have)); err != nil {
			return err
		}
	}
	if label, ok := want.Lookup("label"); ok && !shape.Equal(label, have.Get("label")) {
		text, _ := label.(string)
		p.setLabel(i, text)
	}
	return nil
}

// setTypes writes the types of an entry anew and leaves its other parameters.
// known are words that are stored, however odd they are.
func (p *patch) setTypes(i int, o *activity.Object, known []string) error {
	l := &p.file.Lines[i]
	words, err := p.typeParams(o, known)
	if err != nil {
		return err
	}
	value := l.Value()
	head := withoutParams(head(l), func(name, value string) bool { return isType(name, value) || strings.EqualFold(name, "PREF") })
	p.changed = true
	p.file.SetText(i, head+words+":"+value)
	return nil
}

// typeParams are the parameters that say types and preference.
func (p *patch) typeParams(o *activity.Object, known []string) (string, error) {
	list, err := shape.Texts(o.Get("types"), "types")
	if err != nil {
		return "", err
	}
	for i, word := range list {
		list[i] = strings.ToLower(word)
		if !isWord(list[i]) && !slices.Contains(known, list[i]) {
			return "", errors.New("invalid vCard type parameter")
		}
	}
	preferred := o.Get("preferred") == true
	if preferred && p.version != "4.0" {
		list = append(list, "pref")
	}
	params := ""
	switch {
	case len(list) == 0:
	case p.version == "2.1":
		params = ";" + strings.ToUpper(strings.Join(list, ";"))
	default:
		for i := range list {
			list[i] = contentline.Quote(list[i])
		}
		params = ";TYPE=" + strings.Join(list, ",")
	}
	if preferred && p.version == "4.0" {
		params += ";PREF=1"
	}
	return params, nil
}

// isWord reports whether a word can be a type (RFC 6350, section 5.6).
func isWord(s string) bool {
	for _, c := range s {
		if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != ""
}

// setLabel writes, changes or removes the label of line i, "" for none.
func (p *patch) setLabel(i int, text string) {
	l := &p.file.Lines[i]
	switch label := p.label(l.Group()); {
	case label >= 0 && text == "":
		p.remove(label)
	case label >= 0:
		p.set(label, p.escape(text))
	case text != "":
		group := l.Group()
		if group == "" {
			group = p.newGroup()
			p.file.SetText(i, group+"."+l.Text())
		}
		p.add(group+".X-ABLabel", p.escape(text))
	}
}

// newGroup is the name of a group that there is none of.
func (p *patch) newGroup() string {
	if p.groups == nil {
		p.groups = map[string]bool{}
		for _, l := range p.Lines() {
			p.groups[strings.ToLower(l.Group())] = true
		}
	}
	for p.group++; p.groups["item"+strconv.Itoa(p.group)]; p.group++ {
	}
	return "item" + strconv.Itoa(p.group)
}

func (p *patch) addEntry(f list, o *activity.Object) error {
	words, err := p.typeParams(o, nil)
	if err != nil {
		return err
	}
	name := f.property
	label := o.Text("label")
	group := ""
	if label != "" {
		group = p.newGroup() + "."
	}
	p.add(group+name+words, p.entryValue(f, o, nil))
	if label != "" {
		p.add(group+"X-ABLabel", p.escape(label))
	}
	return nil
}

// entryValue is the value of an entry as its line has it: a telephone number that
// is a URI stays one, and parts of an address that no message says stay.
func (p *patch) entryValue(f list, o *activity.Object, l *contentline.Line) string {
	value := o.Text("value")
	switch {
	case f.property == "ADR":
		parts := make([]string, len(addressParts))
		for i, name := range addressParts {
			parts[i] = p.escape(o.Text(name))
		}
		had := len(parts)
		if l != nil {
			stored := contentline.Split(p.value(l), ';')
			had = len(stored)
			parts = append(parts, stored[min(had, len(parts)):]...)
		}
		return joinParts(parts, had)
	case f.property == "URL" || f.property == "IMPP":
		return contentline.Clean(value)
	case l != nil && strings.EqualFold(l.Param("VALUE"), "uri"):
		scheme, _, _ := strings.Cut(l.Value(), ":")
		for _, s := range f.schemes {
			if strings.EqualFold(s, scheme+":") {
				value = scheme + ":" + value
			}
		}
		return contentline.Clean(value)
	}
	return p.escape(value)
}
