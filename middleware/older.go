package middleware

import "github.com/sockethub/sockethub/activity"

// Clients from before contexts, as Hyperchannel is one, name the platform by
// "context" alone, and write some things as platforms took them then:
//
//	{"context":"irc","type":"send",…,"object":{"type":"me","content":"waves"}}       "/me waves"
//	{"context":"irc","type":"update",…,"object":{"type":"topic","topic":"Low tide"}}  content
//	{"context":"irc","type":"leave",…,"object":{}}                                    no object
//	{"context":"irc",…,"object":{"type":"credentials","nick":"mara","password":null}} no password
//
// They get "context" beside "@context", in events too, and the rest as they
// know it: see Older.

// modernise returns an activity of an older client as one of today's; nil for any
// other.
func (p *Pipeline) modernise(o *activity.Object) *activity.Object {
	name, ok := o.Get("context").(string)
	if !ok {
		return nil
	}
	if _, has := o.Lookup("@context"); has {
		return nil
	}
	platform := p.registry.ByID(name)
	if platform == nil {
		return nil
	}
	modern := withoutNulls(o)
	modern.Delete("context")
	modern.Set("@context", platform.Context)
	if object, ok := modern.Get("object").(*activity.Object); ok {
		modernObject(modern, object)
	}
	return modern
}

// modernObject writes the object of an activity as platforms take it now.
func modernObject(modern, object *activity.Object) {
	content, hasContent := object.Get("content").(string)
	topic, hasTopic := object.Get("topic").(string)
	switch kind := object.Text("type"); {
	case object.Len() == 0:
		modern.Delete("object")
	case kind == "me" && hasContent:
		object.Set("type", "message")
		object.Set("content", "/me "+content)
	case kind == "topic" && hasTopic && !hasContent:
		object.Delete("topic")
		object.Set("content", topic)
	}
}

// withoutNulls returns a copy without the members that are null, at any depth.
func withoutNulls(o *activity.Object) *activity.Object {
	bare := activity.NewObject()
	for i := range o.Len() {
		name, v := o.Member(i)
		if inner, ok := v.(*activity.Object); ok && inner != nil {
			v = withoutNulls(inner)
		}
		if v != nil {
			bare.Set(name, v)
		}
	}
	return bare
}

// Older returns an activity as older clients know it: with "context", the text of
// a topic as its topic, members by their names, and an error of an update as its
// object. What today's clients get of it is there too, but for the members.
func Older(platform *activity.RegisteredPlatform, a *activity.Object) *activity.Object {
	older := a.Copy()
	older.Set("context", platform.ID)
	object, ok := a.Get("object").(*activity.Object)
	if text := a.Text("error"); !ok && text != "" && a.Text("type") == "update" {
		older.Set("object", activity.NewObject(activity.Member{Name: "type", Value: "error"}, activity.Member{Name: "content", Value: text}))
	}
	members, listed := object.Get("members").([]any)
	switch {
	case object.Text("type") == "topic":
		object = object.Copy()
		object.Set("topic", object.Text("content"))
		older.Set("object", object)
	case object.Text("type") == "attendance" && listed:
		object = object.Copy()
		object.Set("members", names(members))
		older.Set("object", object)
	}
	return older
}

// names are those of a list of persons.
func names(members []any) []any {
	list := make([]any, len(members))
	for i, m := range members {
		list[i] = m
		if person, ok := m.(*activity.Object); ok && person.Text("name") != "" {
			list[i] = person.Text("name")
		}
	}
	return list
}
