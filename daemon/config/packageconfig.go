package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/activity/schema"
)

// packageSchema is a platform's schema of its settings, and the words that follow
// from it.
type packageSchema struct {
	compiled *schema.Schema
	document *node
}

func newPackageSchema(text []byte) (*packageSchema, error) {
	compiled, err := schema.Compile(text)
	if err != nil {
		return nil, err
	}
	document, err := parseDocument(text)
	if err != nil {
		return nil, err
	}
	return &packageSchema{compiled, document}, nil
}

// readPackageConfig checks the settings of platforms that are built in; what
// others are told is theirs to check.
func (l *loader) readPackageConfig(n *node) {
	if n.kind != '{' {
		l.problem(&Problem{Place: l.place(n.line), Key: "packageConfig", Found: n.found(), Rule: "an object with an object for each platform"})
		return
	}
	for _, m := range n.members {
		key := "packageConfig." + m.name
		if m.kind != '{' {
			l.problem(&Problem{Place: l.place(m.line), Key: key, Found: m.found(), Rule: "an object"})
			continue
		}
		name := shortName(l.table.builtIn, m.name)
		if name == "" {
			if near := nearestPlatform(l.table.builtIn, m.name); near != "" {
				l.note(slog.LevelWarn, "%s: %s is the name of no platform that this build has; did you mean %s?", l.place(m.line), key, near)
			}
			name = strings.TrimSuffix(filepath.Base(m.name), ".exe")
		} else if !l.checkPackage(key, l.table.schemas[name], m.node) {
			continue
		}
		if _, twice := l.config.PackageConfig[name]; twice {
			l.problem(&Problem{Place: l.place(m.line), Key: key, Rule: fmt.Sprintf("the settings of %s are here twice", name)})
			continue
		}
		if l.config.PackageConfig == nil {
			l.config.PackageConfig = map[string]json.RawMessage{}
		}
		l.config.PackageConfig[name] = m.raw
		l.config.sources["packageConfig"] = l.place(n.line)
	}
}

// checkPackage reports what is wrong with a platform's settings, a problem for each
// value.
func (l *loader) checkPackage(key string, s *packageSchema, n *node) bool {
	if s == nil {
		return true
	}
	var value any
	if err := json.Unmarshal(n.raw, &value); err != nil {
		l.problem(&Problem{Place: l.place(n.line), Key: key, Rule: err.Error()})
		return false
	}
	told := map[string]bool{}
	errors := s.compiled.Validate(value)
	for _, e := range errors {
		at, where := n, s.document
		path := key
		for _, step := range steps(e.InstancePath) {
			at, where = at.at(step), s.below(where, step)
			path += "." + step
		}
		wrong := &Problem{Place: l.place(at.line), Key: path, Found: at.found(), Rule: s.words(where)}
		if e.Keyword == "additionalProperties" {
			known := s.names(where)
			wrong = &Problem{Place: l.place(at.at(e.Property).line), Key: path + "." + e.Property,
				Rule: "unknown key; known are " + strings.Join(known, ", "), Nearest: nearest(e.Property, known)}
		}
		if !told[wrong.Key] {
			told[wrong.Key] = true
			l.problem(wrong)
		}
	}
	return len(errors) == 0
}

// steps are the parts of a JSON pointer (RFC 6901).
func steps(pointer string) []string {
	if pointer == "" {
		return nil
	}
	list := strings.Split(pointer[1:], "/")
	for i, step := range list {
		list[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
	}
	return list
}

// at is a member of an object, the last of equal names, or an element of an
// array; the node itself if there is none.
func (n *node) at(step string) *node {
	found := n
	for _, m := range n.members {
		if m.name == step {
			found = m.node
		}
	}
	if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.items) {
		found = n.items[i]
	}
	return found
}

// member is what a schema says under a keyword; nil for nothing.
func (n *node) member(keyword string) *node {
	if n == nil {
		return nil
	}
	if m := n.at(keyword); m != n {
		return m
	}
	return nil
}

// resolve follows a reference within the document.
func (s *packageSchema) resolve(n *node) *node {
	ref := n.member("$ref")
	if ref == nil {
		return n
	}
	at := s.document
	for _, step := range steps(strings.TrimPrefix(ref.text, "#")) {
		at = at.member(step)
	}
	return at
}

// below is the schema of a member or element of what has a schema.
func (s *packageSchema) below(n *node, step string) *node {
	n = s.resolve(n)
	if m := n.member("properties").member(step); m != nil {
		return s.resolve(m)
	}
	if m := n.member("items"); m != nil {
		return s.resolve(m)
	}
	return s.resolve(n.member("additionalProperties"))
}

// names are the members that an object may have.
func (s *packageSchema) names(n *node) []string {
	var names []string
	if properties := s.resolve(n).member("properties"); properties != nil {
		for _, m := range properties.members {
			names = append(names, m.name)
		}
	}
	return names
}

// words say what a schema allows.
func (s *packageSchema) words(n *node) string {
	n = s.resolve(n)
	number := func(keyword string) string {
		if m := n.member(keyword); m != nil {
			return m.text
		}
		return ""
	}
	if enum := n.member("enum"); enum != nil {
		var values []string
		for _, item := range enum.items {
			values = append(values, string(item.raw))
		}
		return strings.Join(values, " or ")
	}
	if any := n.member("anyOf"); any != nil {
		var forms []string
		for _, item := range any.items {
			forms = append(forms, s.words(item))
		}
		return strings.Join(forms, ", or ")
	}
	kind := n.member("type")
	if kind == nil {
		return "what its platform says"
	}
	switch kind.text {
	case "boolean":
		return "true or false"
	case "integer":
		return between("a whole number", number("minimum"), number("maximum"), "")
	case "number":
		return between("a number", number("minimum"), number("maximum"), "")
	case "string":
		text := between("a text", number("minLength"), number("maxLength"), " characters")
		if pattern := n.member("pattern"); pattern != nil {
			text += " that matches " + pattern.text
		}
		return text
	case "array":
		return "an array, each " + s.words(n.member("items"))
	}
	if required := n.member("required"); required != nil {
		var names []string
		for _, item := range required.items {
			names = append(names, item.text)
		}
		return "an object with " + strings.Join(names, ", ")
	}
	if names := s.names(n); len(names) > 0 {
		return "an object of " + strings.Join(names, ", ")
	}
	if each := n.member("additionalProperties"); each != nil && each.kind == '{' {
		return "an object, each member " + s.words(each)
	}
	return "an object"
}

func between(what, least, most, unit string) string {
	switch {
	case least != "" && most != "":
		if unit != "" {
			what += " of"
		} else {
			what += " from"
		}
		return what + " " + least + " to " + most + unit
	case least != "" && unit == "":
		return what + ", " + least + " or more"
	case least != "":
		return what + " of at least " + least + unit
	case most != "" && unit == "":
		return what + ", at most " + most
	case most != "":
		return what + " of at most " + most + unit
	}
	return what
}
