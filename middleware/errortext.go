package middleware

import (
	"strings"
	"unicode/utf8"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/activity/schema"
)

// MaxErrorText is how many bytes an error text for clients has at most.
const MaxErrorText = 1000

// Text is what a client reads of an error, at most MaxErrorText bytes.
func Text(err error) string { return cutErrorText(err.Error()) }

// bounded is an error whose text is Text of err.
func bounded(err error) error {
	if err == nil || len(err.Error()) <= MaxErrorText {
		return err
	}
	return &cutError{err}
}

type cutError struct{ whole error }

func (e *cutError) Error() string { return Text(e.whole) }
func (e *cutError) Unwrap() error { return e.whole }

// cutErrorText cuts a text to MaxErrorText bytes, the last of which are then an
// ellipsis. It cuts between characters.
func cutErrorText(s string) string {
	const ellipsis = "…"
	if len(s) <= MaxErrorText {
		return s
	}
	end := MaxErrorText - len(ellipsis)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}

// describe chooses the one of the errors that the client reads, and words it.
//
// That is the deepest one, the first of several, among those that a schema for
// a type present in the message has found: "/actor/id: must be string" says more
// than "none of the actor's six schemas matches". If there is none, the last error
// stands for all.
func describe(o *activity.Object, broken []schema.Error) string {
	var deepest *schema.Error
	var depth int
	types := presentTypes{activity: o}
	for i := range broken {
		e := &broken[i]
		if n := strings.Count(e.InstancePath, "/"); n > depth && types.concerned(e) {
			deepest, depth = e, n
		}
	}
	if deepest == nil {
		return describeLast(&broken[len(broken)-1])
	}
	switch deepest.Keyword {
	case "additionalProperties":
		return place(deepest) + ": " + deepest.Message + ": " + deepest.Property
	case "enum":
		return place(deepest) + ": " + deepest.Message + ": " + joined(deepest.Allowed)
	}
	return place(deepest) + ": " + deepest.Message
}

func describeLast(e *schema.Error) string {
	switch e.Keyword {
	case "additionalProperties":
		return place(e) + ": " + e.Message + ": " + e.Property
	case "oneOf":
		return e.InstancePath + ": " + e.Message + ": " + entityTypes(firstSegment(e.InstancePath))
	}
	return place(e) + ": " + e.Message
}

// entityTypes is the list that stands behind a oneOf's message. It leaves
// "platform" out, and says nothing of what a platform takes as object; clients
// know it so.
func entityTypes(part string) string {
	switch part {
	case "actor":
		return "person, room, service, feed, website"
	case "target":
		return "person, room, service, feed, website, address, calendar, addressBook"
	}
	return "feed, person, room, service, website, address, calendar, addressBook"
}

func place(e *schema.Error) string {
	if e.InstancePath == "" {
		return "activity stream"
	}
	return e.InstancePath
}

// presentTypes knows which types are present in the parts of an activity: the
// part's own, and those of the objects in it. Lists are not looked into.
type presentTypes struct {
	activity *activity.Object
	byPart   map[string]map[string]bool
}

// concerned reports whether e is about an actor, target or object, and was found
// by a schema whose name, the third step of its path, is a type in that part.
func (p *presentTypes) concerned(e *schema.Error) bool {
	part := firstSegment(e.InstancePath)
	switch part {
	case "actor", "target", "object":
	default:
		return false
	}
	name, ok := schemaName(e.SchemaPath)
	return ok && p.in(part)[name]
}

// in looks through a part once, however many errors there are.
func (p *presentTypes) in(part string) map[string]bool {
	types, ok := p.byPart[part]
	if !ok {
		types = map[string]bool{}
		if o, isObject := p.activity.Get(part).(*activity.Object); isObject {
			collectTypes(o, types)
		}
		if p.byPart == nil {
			p.byPart = map[string]map[string]bool{}
		}
		p.byPart[part] = types
	}
	return types
}

func collectTypes(o *activity.Object, types map[string]bool) {
	if name, ok := o.Get("type").(string); ok {
		types[name] = true
	}
	for i := range o.Len() {
		_, value := o.Member(i)
		if child, ok := value.(*activity.Object); ok {
			if _, typed := child.Lookup("type"); typed {
				collectTypes(child, types)
			}
		}
	}
}

// firstSegment is the run of word characters behind the first slash of a path.
func firstSegment(path string) string {
	rest, _ := strings.CutPrefix(path, "/")
	return rest[:wordLength(rest)]
}

// schemaName returns the third step of "#/definitions/type/person/required".
func schemaName(path string) (string, bool) {
	for range 2 {
		rest, ok := strings.CutPrefix(path, "#/")
		if !ok {
			return "", false
		}
		n := wordLength(rest)
		if n == 0 || n == len(rest) || rest[n] != '/' {
			return "", false
		}
		path = "#" + rest[n:]
	}
	return cutName(path[2:])
}

func cutName(s string) (string, bool) {
	name, _, ok := strings.Cut(s, "/")
	return name, ok && name != ""
}

func wordLength(s string) int {
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return i
		}
	}
	return len(s)
}

// joined writes values as JavaScript joins a list.
func joined(values []any) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		switch v := v.(type) {
		case nil:
		case string:
			b.WriteString(v)
		case bool, float64:
			b.Write(activity.AppendJSON(nil, v))
		case []any:
			b.WriteString(joined(v))
		default:
			b.WriteString("[object Object]")
		}
	}
	return b.String()
}
