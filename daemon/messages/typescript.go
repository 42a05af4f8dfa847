package messages

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// TypeScript declares a namespace for each platform, with the types of its
// messages and answers, and PlatformMessages, by which the client's send finds
// the answer to a message.
func TypeScript(definitions []*platform.Definition) ([]byte, error) {
	var b, index strings.Builder
	for _, d := range definitions {
		p, err := describe(d)
		if err != nil {
			return nil, err
		}
		p.namespace(&b)
		fmt.Fprintf(&index, "  %s: {\n", key(p.Name))
		for _, kind := range p.kinds() {
			answer := "Activity"
			if kind != "credentials" {
				answer = p.Name + "." + pascal(kind) + "Answer"
			}
			fmt.Fprintf(&index, "    %s: { message: %s.%s; answer: %s };\n", key(kind), p.Name, pascal(kind), answer)
		}
		index.WriteString("  };\n")
	}
	return []byte(b.String() + "/** Messages by platform and type, and what they are answered with. */\nexport interface PlatformMessages {\n" + index.String() + "}\n"), nil
}

func (p *described) namespace(b *strings.Builder) {
	comment(b, "", p.messages.Text("description"))
	fmt.Fprintf(b, "export declare namespace %s {\n", p.Name)
	for _, kind := range p.kinds() {
		p.message(b, kind)
	}
	definitions := p.responses.Object("definitions").Object("responses")
	w := typeWriter{root: p.responses, names: map[string]string{}}
	for i := range definitions.Len() {
		name, _ := definitions.Member(i)
		w.names["#/definitions/responses/"+name] = "Heard" + pascal(name)
	}
	for i := range definitions.Len() {
		name, v := definitions.Member(i)
		if s, ok := v.(*activity.Object); ok {
			comment(b, "  ", s.Text("description"))
			fmt.Fprintf(b, "  type Heard%s = %s;\n", pascal(name), w.write(s, 1))
		}
	}
	if p.responses != nil {
		comment(b, "  ", "What comes back: an answer, or what arrives by itself.")
		// What else the root says of certain types is for validators.
		root := p.responses.Copy()
		root.Delete("anyOf")
		fmt.Fprintf(b, "  type Heard = %s;\n", w.write(root, 1))
	}
	if answered := p.answered(); answered.Len() > 0 {
		var list []any
		for i := range answered.Len() {
			_, v := answered.Member(i)
			list = append(list, v)
		}
		comment(b, "  ", "What a query is answered with.")
		fmt.Fprintf(b, "  type Answered = %s;\n", w.either(list, 1))
	}
	b.WriteString("}\n\n")
}

// message declares a type of message, and that of its answer.
func (p *described) message(b *strings.Builder, kind string) {
	about, root := p.about(kind), p.messages
	if kind == "credentials" {
		root = p.credentials
	}
	comment(b, "  ", about.Text("title")+". "+about.Text("description"))
	fmt.Fprintf(b, "  interface %s {\n    \"@context\": Context<%q>;\n    type: %q;\n    id?: string;\n    published?: string;\n", pascal(kind), p.Name, kind)
	w := typeWriter{root: root}
	properties := about.Object("properties")
	if properties.Get("actor") == nil {
		b.WriteString("    actor: string | Entity;\n")
	}
	for i := range properties.Len() {
		name, v := properties.Member(i)
		s, ok := v.(*activity.Object)
		if !ok || slices.Contains([]string{"@context", "type", "id", "published"}, name) {
			continue
		}
		comment(b, "    ", s.Text("description"))
		mark, text := "?", w.write(s, 2)
		if name == "actor" || required(about, name) {
			mark = ""
		}
		if name == "actor" || name == "target" {
			text = "string | " + text // a name stands for an object that the client knows
		}
		fmt.Fprintf(b, "    %s%s: %s;\n", key(name), mark, text)
	}
	b.WriteString("  }\n")
	if kind == "credentials" {
		return
	}
	answer := "Activity"
	var known []string
	for _, s := range branches(p.responses, p.responses) {
		known = append(known, values(s.Object("properties").Object("type"))...)
	}
	if types := p.answers(kind); len(types) > 0 && !slices.ContainsFunc(types, func(t string) bool { return !slices.Contains(known, t) }) {
		answer = "Heard"
		if len(known) > len(types) {
			answer = fmt.Sprintf("Heard & { type: %s }", union(types))
		}
		if p.asks(kind) {
			// Where the answer is the message itself it has the message's object.
			answer = fmt.Sprintf("Omit<Heard, \"object\"> & { type: %s; object: Answered | Exclude<%s[\"object\"], { type: Answered[\"type\"] }> }", union(types), pascal(kind))
		}
	}
	fmt.Fprintf(b, "  type %sAnswer = %s;\n", pascal(kind), answer)
}

// typeWriter writes schemas of one document as types.
type typeWriter struct {
	root  *activity.Object
	names map[string]string // types that are declared, by $ref
}

func (w *typeWriter) write(s *activity.Object, depth int) string {
	if name := w.names[s.Text("$ref")]; name != "" {
		return name
	}
	s = resolve(w.root, s)
	if list := values(s); len(list) > 0 {
		return union(list)
	}
	if s.Get("properties") != nil {
		return w.object(s, depth)
	}
	for _, word := range []string{"oneOf", "anyOf"} {
		if list, ok := s.Get(word).([]any); ok {
			return w.either(list, depth)
		}
	}
	switch v := s.Get("type").(type) {
	case string:
		return w.kind(v, s, depth)
	case []any:
		var words []string
		for _, t := range v {
			if name, ok := t.(string); ok {
				words = append(words, w.kind(name, s, depth))
			}
		}
		return strings.Join(words, " | ")
	}
	return "unknown"
}

func (w *typeWriter) either(list []any, depth int) string {
	var words []string
	for _, v := range list {
		if o, ok := v.(*activity.Object); ok {
			if word := w.write(o, depth); !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
	}
	return strings.Join(words, " | ")
}

func (w *typeWriter) kind(name string, s *activity.Object, depth int) string {
	switch name {
	case "integer":
		return "number"
	case "array":
		inner := "unknown"
		if items, ok := s.Get("items").(*activity.Object); ok {
			inner = w.write(items, depth)
		}
		return "Array<" + inner + ">"
	case "object":
		return "Record<string, unknown>"
	}
	return name // string, number, boolean, null
}

func (w *typeWriter) object(s *activity.Object, depth int) string {
	var b strings.Builder
	b.WriteString("{\n")
	indent := strings.Repeat("  ", depth+1)
	properties := s.Object("properties")
	for i := range properties.Len() {
		name, v := properties.Member(i)
		o, ok := v.(*activity.Object)
		if !ok {
			continue
		}
		comment(&b, indent, o.Text("description"))
		mark := "?"
		if required(s, name) {
			mark = ""
		}
		fmt.Fprintf(&b, "%s%s%s: %s;\n", indent, key(name), mark, w.write(o, depth+1))
	}
	b.WriteString(strings.Repeat("  ", depth) + "}")
	return b.String()
}

func comment(b *strings.Builder, indent, text string) {
	text = link.ReplaceAllString(text, "$1")
	if text != "" && text != ". " {
		fmt.Fprintf(b, "%s/** %s */\n", indent, strings.ReplaceAll(strings.TrimSpace(text), "*/", "*\\/"))
	}
}

// link is a link of Markdown, of which a comment keeps the words.
var link = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

func union(list []string) string { return `"` + strings.Join(list, `" | "`) + `"` }

var identifier = regexp.MustCompile(`^[A-Za-z_]\w*$`)

// key is a member's name, quoted where TypeScript asks for it.
func key(name string) string {
	if identifier.MatchString(name) {
		return name
	}
	return fmt.Sprintf("%q", name)
}

// pascal makes RequestFriend of request-friend.
func pascal(name string) string {
	var b strings.Builder
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '-' || r == ':' }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
