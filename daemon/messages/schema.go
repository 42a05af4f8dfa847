package messages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// described is a platform with its schemas read.
type described struct {
	*platform.Definition
	credentials, messages, responses *activity.Object // nil where there is none
	types                            []string         // of messages, in the schema's order
	exchanges                        []Exchange
}

func describe(d *platform.Definition) (*described, error) {
	p := &described{Definition: d}
	for _, s := range []struct {
		text []byte
		to   **activity.Object
	}{{d.Schemas.Credentials, &p.credentials}, {d.Schemas.Messages, &p.messages}, {d.Schemas.Responses, &p.responses}} {
		if s.text == nil {
			continue
		}
		var err error
		if *s.to, err = activity.ParseObject(s.text); err != nil {
			return nil, fmt.Errorf("platform %s: %w", d.Name, err)
		}
	}
	p.types = values(p.messages.Object("properties").Object("type"))
	var err error
	if p.exchanges, err = ParseExamples(d.Schemas.Examples); err != nil {
		return nil, fmt.Errorf("platform %s: %w", d.Name, err)
	}
	return p, nil
}

// about is what the schema says of a type of message: title, description, and
// its members.
func (p *described) about(kind string) *activity.Object {
	if kind == "credentials" {
		return p.credentials
	}
	return p.messages.Object("definitions").Object("types").Object(kind)
}

// answered are the objects that queries are answered with, by type, which no
// event has.
func (p *described) answered() *activity.Object {
	return p.responses.Object("definitions").Object("answers")
}

// answers are the types that successful messages of a kind are answered with, as
// the examples show.
func (p *described) answers(kind string) []string {
	var types []string
	for _, e := range p.exchanges {
		if e.Message != nil && e.Message.Text("type") == kind && !e.failed() && !slices.Contains(types, e.Answer.Text("type")) {
			types = append(types, e.Answer.Text("type"))
		}
	}
	return types
}

// asks reports whether a message of a kind is answered with one of those objects,
// as the examples show.
func (p *described) asks(kind string) bool {
	return slices.ContainsFunc(p.exchanges, func(e Exchange) bool {
		return e.Message != nil && e.Message.Text("type") == kind && !e.failed() && !same(e.Message, e.Answer) &&
			p.answered().Get(e.Answer.Object("object").Text("type")) != nil
	})
}

// values are the strings that a schema allows, if it lists them.
func values(s *activity.Object) []string {
	if text, ok := s.Get("const").(string); ok {
		return []string{text}
	}
	list, _ := s.Get("enum").([]any)
	var texts []string
	for _, v := range list {
		if text, ok := v.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// resolve follows $ref within a schema.
func resolve(root, s *activity.Object) *activity.Object {
	for range 8 { // a reference to a reference is rare, a circle a mistake
		ref := s.Text("$ref")
		if ref == "" {
			break
		}
		s = root
		for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			s = s.Object(name)
		}
	}
	return s
}

// branches are the alternatives of a schema; itself if it has none.
func branches(root, s *activity.Object) []*activity.Object {
	s = resolve(root, s)
	for _, word := range []string{"oneOf", "anyOf"} {
		list, _ := s.Get(word).([]any)
		if list == nil || s.Get("properties") != nil {
			continue
		}
		var all []*activity.Object
		for _, v := range list {
			if o, ok := v.(*activity.Object); ok {
				all = append(all, branches(root, o)...)
			}
		}
		return all
	}
	return []*activity.Object{s}
}

// required reports whether a schema asks for a member.
func required(s *activity.Object, name string) bool {
	list, _ := s.Get("required").([]any)
	return slices.Contains(list, any(name))
}
