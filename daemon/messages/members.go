package messages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/activity"
)

// member is a row in the table of a message's members.
type member struct {
	path, value, description string
	required                 bool
}

// members lists what an object of a schema has, and below it what that has.
// skip are names at the top that every message has.
func members(root, s *activity.Object, skip ...string) []member {
	l := lister{root: root}
	l.object("", s, 0, skip)
	return l.rows
}

type lister struct {
	root *activity.Object
	rows []member
}

// maxDepth is how deep a table looks into what it describes.
const maxDepth = 6

func (l *lister) object(prefix string, s *activity.Object, depth int, skip []string) {
	properties := s.Object("properties")
next:
	for i := range properties.Len() {
		name, v := properties.Member(i)
		for _, other := range skip {
			if name == other {
				continue next
			}
		}
		if p, ok := v.(*activity.Object); ok {
			l.member(prefix+name, p, required(s, name), depth)
		}
	}
}

func (l *lister) member(path string, s *activity.Object, required bool, depth int) {
	description := s.Text("description")
	all := branches(l.root, s)
	if description == "" {
		description = resolve(l.root, s).Text("description")
	}
	row := member{path, kinds(l.root, all), description, required}
	l.rows = append(l.rows, row)
	if depth >= maxDepth {
		return
	}
	// Of a list, what its elements may be.
	for i, b := range all {
		if items := b.Object("items"); items.Len() > 0 {
			path += "[]"
			all = slices.Replace(slices.Clone(all), i, i+1, branches(l.root, items)...)
			break
		}
	}
	for _, b := range all {
		if len(all) == 1 {
			l.object(path+".", b, depth+1, nil)
			continue
		}
		// Which of them is said by its type.
		if kind := values(b.Object("properties").Object("type")); len(kind) > 0 {
			title := "of type `" + strings.Join(kind, "`, `") + "`"
			if text := b.Text("description"); text != "" {
				title += ": " + text
			}
			l.rows = append(l.rows, member{path: path, value: "object", description: title})
		}
		l.object(path+".", b, depth+1, []string{"type"})
	}
}

// kinds says what values a member has.
func kinds(root *activity.Object, all []*activity.Object) string {
	var words []string
	for _, s := range all {
		word := kind(root, s)
		if word != "" && !strings.Contains(", "+strings.Join(words, ", ")+",", ", "+word+",") {
			words = append(words, word)
		}
	}
	return strings.Join(words, ", ")
}

func kind(root, s *activity.Object) string {
	if list := values(s); len(list) > 0 {
		return "`" + strings.Join(list, "`, `") + "`"
	}
	word := ""
	switch v := s.Get("type").(type) {
	case string:
		word = v
	case []any:
		var words []string
		for _, t := range v {
			words = append(words, fmt.Sprint(t))
		}
		word = strings.Join(words, " or ")
	default:
		if s.Get("properties") != nil {
			word = "object"
		}
	}
	if items := s.Object("items"); word == "array" && items.Len() > 0 {
		if inner := kinds(root, branches(root, items)); inner != "" {
			word = "list of " + inner
		}
	}
	for _, limit := range []string{"minimum", "maximum", "minLength", "maxLength", "maxItems"} {
		if n := s.Get(limit); n != nil {
			word += fmt.Sprintf(", %s %v", limit, oneLine(n))
		}
	}
	if format := s.Text("format"); format != "" {
		word += ", " + format
	}
	return word
}

// table is the Markdown of rows.
func table(rows []member) string {
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| member | value | |\n| --- | --- | --- |\n")
	for _, r := range rows {
		description := r.description
		if r.required {
			description = strings.TrimSuffix("**required**; "+description, "; ")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", r.path, cell(r.value), cell(description))
	}
	return b.String() + "\n"
}

// cell escapes what would end a cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
