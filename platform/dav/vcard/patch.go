package vcard

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/contentline"
	"github.com/sockethub/sockethub/platform/dav/shape"
)

// Patch writes a message's contact over the stored card and returns the resource:
// byte for byte what was read where the message says nothing else. A member that
// is absent, or as Contact gave it, leaves its lines; "", [] and null remove. id
// is the card's address, now is for REV. After an error the Card is of no more
// use.
func (c *Card) Patch(message *activity.Object, id string, now time.Time) (string, error) {
	if message.Text("uid") != c.UID(id) || message.Text("type") != "person" {
		return "", ErrUIDMismatch
	}
	if c.more {
		return "", ErrUnsupportedUpdate
	}
	p := c.patch(message)
	if err := p.apply(); err != nil {
		return "", err
	}
	if i := c.find("REV"); p.changed && i >= 0 {
		form := "20060102T150405Z"
		if strings.Contains(c.file.Lines[i].Value(), "-") {
			form = "2006-01-02T15:04:05Z"
		}
		c.file.SetValue(i, now.UTC().Format(form))
	}
	return c.String(), nil
}

// patch writes a message over a card.
type patch struct {
	*Card
	shown   *activity.Object // the card as clients see it
	message *activity.Object
	groups  map[string]bool // there were, in lower case; nil until one is made
	group   int             // the number of the last one that was made
	create  bool            // the card is new
	changed bool
}

func (c *Card) patch(message *activity.Object) *patch {
	m := shape.New()
	c.describe(m)
	return &patch{Card: c, shown: m.Object(), message: message}
}

// differs reports whether the message says something else than what clients see.
func (p *patch) differs(name string) bool {
	v, ok := p.message.Lookup(name)
	return ok && !shape.Equal(v, p.shown.Get(name))
}

func (p *patch) apply() error {
	if p.differs("name") {
		p.setSingle(p.escape(p.message.Text("name")), "FN", "FN")
	}
	steps := []func() error{p.names, func() error { return p.single(nickname) }}
	for _, f := range lists[:3] {
		steps = append(steps, func() error { return p.list(f) })
	}
	steps = append(steps, p.organization, func() error { return p.single(singles[0]) }, func() error { return p.single(singles[1]) })
	for _, f := range lists[3:] {
		steps = append(steps, func() error { return p.list(f) })
	}
	steps = append(steps, p.photoURLs)
	for _, f := range singles[2:] {
		steps = append(steps, func() error { return p.single(f) })
	}
	for _, step := range append(steps, p.categories, p.memberList) {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// set gives line i a value, already escaped.
func (p *patch) set(i int, value string) {
	p.changed = true
	l := &p.file.Lines[i]
	p.file.SetText(i, p.encode(head(l), value, l.Value()))
}

// add puts a property at the end of the card; head is all before the colon.
func (p *patch) add(head, value string) {
	p.changed = true
	p.file.Insert(p.last, p.encode(head, value, ""))
}

func (p *patch) remove(i int) {
	p.changed = true
	p.file.Remove(i)
}

// setSingle gives a property an escaped value; "" removes all of it. property is
// its name where it is new, names are those that it may have.
func (p *patch) setSingle(value, property string, names ...string) {
	switch i := p.find(names...); {
	case value == "":
		for i := range p.All(names...) {
			p.remove(i)
		}
	case i >= 0:
		p.set(i, value)
	default:
		p.add(property, value)
	}
}

func (p *patch) single(f single) error {
	if !p.differs(f.member) {
		return nil
	}
	text := p.message.Text(f.member)
	property := f.property
	if f.before4 != "" && p.version != "4.0" {
		property = f.before4
	}
	value := p.escape(text)
	switch {
	case f.verbatim && strings.ContainsAny(text, "\r\n"):
		return errors.New("invalid vCard " + f.member)
	case f.verbatim:
		value = contentline.Clean(text)
	case f.member == nickname.member:
		// NICKNAME is a list: its commas stand between the names.
		value = strings.ReplaceAll(value, `\,`, ",")
	}
	p.setSingle(value, property, f.properties()...)
	return nil
}

// names changes those parts of N that the message says otherwise.
func (p *patch) names() error {
	i := p.find("N")
	parts, had := make([]string, len(names)), len(names)
	if i >= 0 {
		stored := contentline.Split(p.value(&p.file.Lines[i]), ';')
		had = len(stored)
		parts = append(stored, parts[min(had, len(parts)):]...)
	}
	changed := p.create // a new card has one, though it be empty
	for n, f := range names {
		if !p.differs(f.member) {
			continue
		}
		changed = true
		if !f.list {
			parts[n] = p.escape(p.message.Text(f.member))
			continue
		}
		var err error
		if parts[n], err = p.joined(f.member, ","); err != nil {
			return err
		}
	}
	switch value := joinParts(parts, had); {
	case !changed:
	case i >= 0:
		p.set(i, value)
	default:
		p.add("N", value)
	}
	return nil
}

// joinParts is a value with as many parts as there were, or as are needed.
func joinParts(parts []string, had int) string {
	for len(parts) > had && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, ";")
}

// joined is a list of texts of the message as one value.
func (p *patch) joined(member, separator string) (string, error) {
	list, err := shape.Texts(p.message.Get(member), member)
	if err != nil {
		return "", err
	}
	for i, v := range list {
		list[i] = p.escape(v)
		if separator == "," && p.version == "2.1" {
			list[i] = strings.ReplaceAll(list[i], ",", `\,`)
		}
	}
	return strings.Join(list, separator), nil
}

// organization is ORG: the company, then its units.
func (p *patch) organization() error {
	if !p.differs("organization") && !p.differs("organizationUnits") {
		return nil
	}
	i := p.find("ORG")
	parts := []string{""}
	if i >= 0 {
		parts = contentline.Split(p.value(&p.file.Lines[i]), ';')
	}
	if p.differs("organization") {
		parts[0] = p.escape(p.message.Text("organization"))
	}
	if p.differs("organizationUnits") {
		units, err := p.joined("organizationUnits", ";")
		if err != nil {
			return err
		}
		if parts = parts[:1]; units != "" {
			parts = append(parts, units)
		}
	}
	switch value := strings.Join(parts, ";"); {
	case strings.Trim(value, ";") == "":
		p.setSingle("", "ORG", "ORG")
	case i >= 0:
		p.set(i, value)
	default:
		p.add("ORG", value)
	}
	return nil
}

// photoURLs changes the pictures on the web. One inside the card stays.
func (p *patch) photoURLs() error {
	lines, _ := p.photos()
	return p.values("photoUrls", lines, func(url string) (string, error) {
		if strings.ContainsAny(url, "\r\n") {
			return "", errors.New("invalid vCard photo URL")
		}
		return "PHOTO;VALUE=uri", nil
	})
}

// memberList changes the members of a group.
func (p *patch) memberList() error {
	lines := p.members()
	property := "MEMBER"
	if p.version != "4.0" {
		property = "X-ADDRESSBOOKSERVER-MEMBER"
	}
	if len(lines) > 0 {
		property = p.file.Lines[lines[0]].Name()
	}
	return p.values("members", lines, func(v string) (string, error) {
		if strings.ContainsAny(v, "\r\n") {
			return "", errors.New("invalid vCard member")
		}
		return property, nil
	})
}

// values changes a list of texts that are properties, verbatim. A new one takes
// the place of one that is wanted no more. head is that of a new line.
func (p *patch) values(member string, lines []int, head func(string) (string, error)) error {
	if !p.differs(member) {
		return nil
	}
	if _, err := shape.Texts(p.message.Get(member), member); err != nil {
		return err
	}
	want, _ := p.message.Get(member).([]any)
	of := shape.Match(want, p.verbatim(lines), shape.Equal, func(_, _ any) bool { return true })
	for j, i := range lines {
		if !slices.Contains(of, j) {
			p.remove(i)
		}
	}
	for n, v := range want {
		text := v.(string)
		head, err := head(text)
		if err != nil {
			return err
		}
		if of[n] < 0 {
			p.add(head, contentline.Clean(text))
		} else if i := lines[of[n]]; p.value(&p.file.Lines[i]) != text {
			p.set(i, contentline.Clean(text))
		}
	}
	return nil
}

// categories keeps the values that stay on their lines.
func (p *patch) categories() error {
	if !p.differs("categories") {
		return nil
	}
	want, err := shape.Texts(p.message.Get("categories"), "categories")
	if err != nil {
		return err
	}
	last := -1
	for i, l := range p.All("CATEGORIES") {
		value := p.value(l)
		var kept string
		if kept, want = contentline.Retain(value, want); kept == "" {
			p.remove(i)
			continue
		}
		if last = i; kept != value {
			p.set(i, kept)
		}
	}
	if len(want) == 0 {
		return nil
	}
	for i, v := range want {
		want[i] = contentline.Escape(v)
	}
	added := strings.Join(want, ",")
	if last >= 0 {
		p.set(last, p.value(&p.file.Lines[last])+","+added)
	} else {
		p.add("CATEGORIES", added)
	}
	return nil
}
