package ical

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/contentline"
	"github.com/sockethub/sockethub/platform/dav/shape"
)

// Patch writes a message's event or task over the stored one and returns the
// resource: byte for byte what was read where the message says nothing else. A
// member that is absent, or as Item gave it, leaves its lines; "", [], false and
// null remove. With a recurrenceId the message is about that occurrence. now is
// for DTSTAMP and LAST-MODIFIED. After an error the Calendar is of no more use.
func (cal *Calendar) Patch(message *activity.Object, now time.Time) (string, error) {
	if message.Text("uid") != cal.UID() || message.Text("type") != cal.Type() {
		return "", ErrUIDMismatch
	}
	if !cal.updatable() {
		return "", ErrUnsupportedUpdate
	}
	if rid := message.Text("recurrenceId"); rid != "" {
		cal, err := cal.patchOccurrence(rid, message, now)
		if err != nil {
			return "", err
		}
		return cal.String(), nil
	}
	p := cal.patch(cal.Master(), message, now)
	if err := p.apply(); err != nil {
		return "", err
	}
	cal, err := cal.patchExceptions(message, now)
	if err != nil {
		return "", err
	}
	return cal.String(), nil
}

// patch writes a message over one component.
type patch struct {
	cal     *Calendar
	c       *Component
	shown   *activity.Object // c as clients see it
	message *activity.Object
	now     time.Time

	series *activity.Object // of an occurrence: the master as clients see it
	fresh  bool             // the occurrence was an ordinary one until now

	zones   map[string]bool // described by this patch
	create  bool            // the item is new
	changed bool
	moved   bool // guests must be told: SEQUENCE goes up
}

func (cal *Calendar) patch(c *Component, message *activity.Object, now time.Time) *patch {
	return &patch{cal: cal, c: c, shown: c.shown(), message: message, now: now}
}

// shown is the component as clients see it.
func (c *Component) shown() *activity.Object {
	m := shape.New()
	c.describe(m, true)
	return m.Object()
}

// differs reports whether the message says something else than what clients see.
// A message about an occurrence often has everything that its series has: that
// too says nothing, but for the members in which occurrences show how they differ.
func (p *patch) differs(name string) bool {
	v, ok := p.message.Lookup(name)
	if !ok || shape.Equal(v, p.shown.Get(name)) {
		return false
	}
	if p.series == nil || !p.fresh && (name == "name" || name == "content" || name == "location" || name == "status") {
		return true
	}
	return !shape.Equal(v, p.series.Get(name))
}

// wanted is the text of a member as it shall be.
func (p *patch) wanted(name string) string {
	if p.differs(name) {
		return p.message.Text(name)
	}
	return p.shown.Text(name)
}

func (p *patch) apply() error {
	if p.differs("name") {
		p.setText("SUMMARY", contentline.Escape(p.message.Text("name")))
	}
	steps := []func() error{func() error { return p.texts(texts[:plain]) }, p.times, func() error { return p.texts(texts[plain:]) },
		p.completion, p.numbers, p.rule, p.categories, p.organizer, p.attendees, p.attachments, p.reminders}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	p.stamps()
	return nil
}

func (p *patch) texts(fields []textField) error {
	for _, f := range fields {
		if !p.differs(f.member) || f.member == "transparency" && p.c.Name == "VTODO" {
			continue
		}
		v := p.message.Text(f.member)
		if f.member == "status" && p.c.Name == "VEVENT" && isTaskStatus(v) {
			continue
		}
		if f.form == verbatim && strings.ContainsAny(v, "\r\n") {
			return errors.New("invalid " + f.member)
		}
		p.setText(f.property, f.encode(v))
	}
	return nil
}

// isTaskStatus reports whether a status is one that events do not have.
func isTaskStatus(status string) bool {
	return status == "needs-action" || status == "in-process" || status == "completed"
}

// setText gives a property a value, already encoded; "" removes it.
func (p *patch) setText(property, value string) {
	if value == "" {
		p.remove(property)
		return
	}
	p.set(property, value)
}

func (p *patch) set(property, value string) {
	p.changed = true
	if i := p.c.find(property); i >= 0 {
		p.cal.file.SetValue(i, value)
		return
	}
	p.add(property + ":" + value)
}

// add puts a line at the end of the component.
func (p *patch) add(line string) {
	p.changed = true
	p.cal.file.Insert(p.c.last, line)
}

func (p *patch) remove(property string) {
	for i := range p.c.All(property) {
		p.removeLine(i)
	}
}

func (p *patch) removeLine(i int) {
	p.changed = true
	p.cal.file.Remove(i)
}

// completion is COMPLETED, which goes when a task is no longer done.
func (p *patch) completion() error {
	if p.c.Name != "VTODO" {
		return nil
	}
	if p.differs("completedTime") && p.message.Text("completedTime") != "" {
		s, err := readUTC("completedTime", p.message.Text("completedTime"))
		if err != nil {
			return err
		}
		p.set("COMPLETED", s.value())
		return nil
	}
	if p.differs("completedTime") || p.differs("status") && p.message.Text("status") != "completed" {
		p.remove("COMPLETED")
	}
	return nil
}

func (p *patch) numbers() error {
	for _, f := range numbers {
		if !p.differs(f.member) || f.tasks && p.c.Name != "VTODO" {
			continue
		}
		n, ok := p.message.Get(f.member).(float64)
		switch {
		case p.message.Get(f.member) == nil:
			p.remove(f.property)
		case !ok || n < 0 || n > float64(f.max) || n != float64(int(n)):
			return errors.New("invalid " + f.member)
		default:
			p.set(f.property, strconv.Itoa(int(n)))
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
	for i, l := range p.c.All("CATEGORIES") {
		var text string
		if text, want = contentline.Retain(l.Value(), want); text == "" {
			p.removeLine(i)
		} else if last = i; text != l.Value() {
			p.changed = true
			p.cal.file.SetValue(i, text)
		}
	}
	added := make([]string, 0, len(want))
	for _, v := range want {
		added = append(added, contentline.Escape(v))
	}
	switch text := strings.Join(added, ","); {
	case text == "":
	case last >= 0:
		p.changed = true
		p.cal.file.SetValue(last, p.cal.file.Lines[last].Value()+","+text)
	default:
		p.add("CATEGORIES:" + text)
	}
	return nil
}

// rule is RRULE. Where a message has the whole rule and it is another one, that
// counts; else those parts that it says otherwise.
func (p *patch) rule() error {
	if p.series != nil || !p.differs("recurrence") {
		return nil
	}
	if p.hasExceptions() {
		return ErrUnsupportedUpdate
	}
	count, stored := 0, ""
	for _, l := range p.c.All("RRULE") {
		if count++; count == 1 {
			stored = l.Value()
		}
	}
	if count > 1 || p.c.Line("EXRULE") != nil {
		return ErrUnsupportedUpdate
	}
	want := p.message.Object("recurrence")
	if want == nil {
		p.remove("RRULE")
		p.moved = true
		return nil
	}
	old := p.shown.Object("recurrence")
	rule, err := "", error(nil)
	whole := want.Text("rule")
	if whole != "" && (whole != old.Text("rule") || want.Get("frequency") == nil) {
		rule, err = checkRule(whole)
	} else {
		rule, err = patchRule(stored, old, want)
	}
	if err != nil {
		return err
	}
	if rule != stored {
		p.set("RRULE", rule)
		p.moved = true
	}
	return nil
}

// hasExceptions reports whether dates depend on the start and the rule.
func (p *patch) hasExceptions() bool {
	if p.series != nil {
		return false
	}
	return p.c.Line("EXDATE") != nil || p.c.Line("RDATE") != nil || len(p.cal.Overrides()) > 0
}

// stamps refreshes what says when something changed, if something did.
func (p *patch) stamps() {
	if p.moved && (p.series != nil || !p.cal.told) && !p.differs("sequence") {
		n, _ := sequence.read(p.c)
		p.set("SEQUENCE", strconv.Itoa(min(n+1, sequence.max)))
	}
	p.cal.told = p.cal.told || p.moved && p.series == nil
	if !p.changed {
		return
	}
	now := p.now.UTC().Format(utcForm)
	for _, name := range []string{"DTSTAMP", "LAST-MODIFIED"} {
		if p.c.Line(name) != nil {
			p.set(name, now)
		}
	}
}
