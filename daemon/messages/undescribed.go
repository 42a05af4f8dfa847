package messages

import (
	"slices"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// Undescribed lists what a platform's documents leave open: members without a
// description, as "messages: object.limit", and types of an object that no
// example shows, as "examples: update role". A type needs no description: the
// values that it may have are listed.
func Undescribed(d *platform.Definition) ([]string, error) {
	p, err := describe(d)
	if err != nil {
		return nil, err
	}
	var open []string
	look := func(where string, root, s *activity.Object) {
		for _, m := range members(root, s, "@context") {
			last := m.path[strings.LastIndexByte(m.path, '.')+1:]
			if m.description == "" && last != "@context" && (last != "type" || m.value == "") {
				open = append(open, where+": "+m.path)
			}
		}
	}
	for _, kind := range p.kinds() {
		root := p.messages
		if kind == "credentials" {
			root = p.credentials
		}
		look(kind, root, p.about(kind))
		for _, s := range branches(root, p.about(kind).Object("properties").Object("object")) {
			for _, of := range values(s.Object("properties").Object("type")) {
				if !p.shows(kind, of) {
					open = append(open, "examples: "+kind+" "+of)
				}
			}
		}
	}
	if p.responses != nil {
		for _, s := range branches(p.responses, p.responses) {
			look("responses", p.responses, s)
		}
	}
	for _, s := range branches(p.responses, p.responses.Object("properties").Object("object")) {
		for _, of := range values(s.Object("properties").Object("type")) {
			if !p.tells(of) {
				open = append(open, "examples: an event or answer with "+of)
			}
		}
	}
	for i := range p.answered().Len() {
		_, v := p.answered().Member(i)
		if s, ok := v.(*activity.Object); ok {
			look("responses", p.responses, resolve(p.responses, s))
		}
	}
	return open, nil
}

// tells reports whether an example has an answer or an event with an object of a type.
func (p *described) tells(of string) bool {
	has := func(o *activity.Object) bool { return o.Object("object").Text("type") == of }
	return slices.ContainsFunc(p.exchanges, func(e Exchange) bool { return has(e.Answer) || slices.ContainsFunc(e.Hears, has) })
}

// shows reports whether an example has a message of a kind with an object of a type.
func (p *described) shows(kind, of string) bool {
	return slices.ContainsFunc(p.exchanges, func(e Exchange) bool {
		return e.Title != "" && e.Message != nil && e.Message.Text("type") == kind && e.Message.Object("object").Text("type") == of
	})
}
