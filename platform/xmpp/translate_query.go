package xmpp

import (
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// Ids of the two queries that clients of the reference know begin with these.
const (
	attendancePrefix = "attendance_"
	roomInfoPrefix   = "room_info_"
)

// attendance is what the answer to a query for attendance tells: who is in a room.
// Of a joined one we know it ourselves; others list names, or addresses with them.
//
//	<iq type='result' from='decks@rooms.harbor.example' …><query xmlns='…disco#items'><item jid='…/otto' name='otto'/></query></iq>
//	{"type":"query","actor":{"id":"decks@rooms.harbor.example","type":"room"},"target":{…},
//	 "object":{"type":"attendance","members":["otto"]}}
func (s *state) attendance(e *xml.Element) *activity.Object {
	query := e.Child(nsDiscoItems, "query")
	if query == nil || e.Attr("type") == "error" {
		return s.unanswered(e, "attendance")
	}
	return s.queried(e, named("room", e.Attr("from"), ""), activity.NewObject(
		activity.Member{Name: "type", Value: "attendance"},
		activity.Member{Name: "members", Value: members(query)}))
}

// queried is a query's answer as it came to clients always: from the room.
func (s *state) queried(e *xml.Element, actor, o *activity.Object) *activity.Object {
	return activity.NewObject(
		activity.Member{Name: "@context", Value: s.canonical},
		activity.Member{Name: "type", Value: "query"},
		activity.Member{Name: "actor", Value: actor},
		activity.Member{Name: "target", Value: entity("person", e.Attr("to"))},
		activity.Member{Name: "object", Value: o},
	)
}

// unanswered is a refusal, or a result that says nothing of what was asked.
func (s *state) unanswered(e *xml.Element, kind string) *activity.Object {
	a := s.queried(e, entity("room", e.Attr("from")), object("type", kind))
	a.Set("error", errorText(e))
	return a
}

// members are the names of items, or the nicks in their addresses.
func members(query *xml.Element) []any {
	list := []any{}
	for item := range query.Elements {
		if !item.Is(nsDiscoItems, "item") {
			continue
		}
		name := item.Attr("name")
		if name == "" {
			name = resource(item.Attr("jid"))
		}
		list = append(list, name)
	}
	return list
}

// roomInfo is what the answer to a query for room-info tells: what a room, or
// whoever was asked, says of itself (XEP-0030, XEP-0128).
func (s *state) roomInfo(e *xml.Element) *activity.Object {
	from := e.Attr("from")
	query := e.Child(nsDiscoInfo, "query")
	if query == nil || e.Attr("type") == "error" {
		return s.unanswered(e, "room-info")
	}
	o := activity.NewObject(activity.Member{Name: "type", Value: "room-info"})
	features, identities, name := []any{}, []any(nil), from
	for c := range query.Elements {
		switch {
		case c.Is(nsDiscoInfo, "feature") && c.Attr("var") != "":
			features = append(features, c.Attr("var"))
		case c.Is(nsDiscoInfo, "identity") && c.Attr("category") != "" && c.Attr("type") != "":
			if len(identities) == 0 && c.Attr("name") != "" {
				name = c.Attr("name")
			}
			identities = append(identities, object("category", c.Attr("category"), "type", c.Attr("type"), "name", c.Attr("name")))
		}
	}
	o.Set("features", features)
	if identities != nil {
		o.Set("identities", identities)
	}
	addForm(o, query.Child(nsForm, "x"))
	return s.queried(e, named("room", from, name), o)
}

// addForm adds the fields of a form in three groups: what the room is, how it is
// set up, and all else under its whole name.
func addForm(o *activity.Object, form *xml.Element) {
	for f := range form.Elements {
		name := f.Attr("var")
		if !f.Is(nsForm, "field") || name == "" || name == "FORM_TYPE" {
			continue
		}
		group := "custom"
		if key, ok := strings.CutPrefix(name, "muc#roominfo_"); ok {
			group, name = "roominfo", key
		} else if key, ok := strings.CutPrefix(name, "muc#roomconfig_"); ok {
			group, name = "roomconfig", key
		}
		fields := o.Object(group)
		if fields == nil {
			fields = activity.NewObject()
			o.Set(group, fields)
		}
		fields.Set(name, formField(f))
	}
}

// formField is a field with its value in JSON's terms (XEP-0004, section 3.3).
func formField(f *xml.Element) *activity.Object {
	kind := f.Attr("type")
	if kind == "" {
		kind = "text-single"
	}
	field := object("type", kind, "label", f.Attr("label"))
	field.Set("value", formValue(kind, f))
	var options []any
	for c := range f.Elements {
		if c.Is(nsForm, "option") {
			value := c.Child(nsForm, "value").Text()
			label := c.Attr("label")
			if label == "" {
				label = value
			}
			options = append(options, activity.NewObject(
				activity.Member{Name: "label", Value: label}, activity.Member{Name: "value", Value: value}))
		}
	}
	if options != nil {
		field.Set("options", options)
	}
	return field
}

func formValue(kind string, f *xml.Element) any {
	all := []any{}
	for c := range f.Elements {
		if c.Is(nsForm, "value") {
			all = append(all, c.Text())
		}
	}
	if kind == "text-multi" || kind == "list-multi" {
		return all
	}
	if len(all) == 0 {
		if kind == "boolean" {
			return false
		}
		return nil
	}
	first := all[0].(string)
	switch {
	case kind == "boolean":
		return first == "1" || strings.EqualFold(first, "true")
	case kind != "list-single" && isDigits(first):
		if n, err := strconv.ParseFloat(first, 64); err == nil {
			return n
		}
	}
	return first
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
