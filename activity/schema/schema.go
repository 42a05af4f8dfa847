package schema

import (
	"fmt"
	"strings"
)

// Schema is a compiled schema. It is never changed: any number of goroutines
// may validate with it.
type Schema struct {
	root *node
}

// Object is an object whose members have an order. Which error comes first
// depends on it: validate what has lost its order (a map) and members are taken
// in the order of their names.
type Object interface {
	Len() int
	Member(i int) (name string, value any)
	Lookup(name string) (value any, ok bool)
}

// Error is one rule that a value breaks.
type Error struct {
	InstancePath string // JSON pointer (RFC 6901) to the value; "" is the whole
	SchemaPath   string // to the keyword: "#/properties/actor/type"
	Keyword      string
	Message      string // "must be string"
	Property     string // required: the missing member; additionalProperties, propertyNames: the surplus one
	Allowed      []any  // enum: its values
}

func (e Error) Error() string {
	if e.InstancePath == "" {
		return e.Message
	}
	return e.InstancePath + " " + e.Message
}

// Compiler says what a schema may refer to. The zero value is what Compile uses.
type Compiler struct {
	// Formats adds to the formats of this package, or replaces them.
	Formats map[string]func(string) bool
}

// Compile checks and compiles a JSON Schema, draft-07. Nothing is ever fetched:
// a reference leads to a place in the document itself or to the meta-schema. An
// error names the place in the document and the rule it breaks.
func Compile(document []byte) (*Schema, error) {
	return new(Compiler).Compile(document)
}

// Compile is the package's Compile with c's settings.
func (c *Compiler) Compile(document []byte) (*Schema, error) {
	value, err := decode(document)
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	b := newBuilder(c.Formats)
	root, err := b.build(value)
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return &Schema{root}, nil
}

// Validate returns the rules that v breaks, in the order of evaluation that the
// package's doc describes; none means that v is valid. Of more than a thousand
// these are the first thousand and the last. v is what encoding/json decodes
// into an any, or has an Object in place of each map.
func (s *Schema) Validate(v any) []Error {
	if s.Valid(v) {
		return nil
	}
	r := run{collect: true}
	r.eval(s.root, v)
	if r.latest != nil {
		return append(r.errors, *r.latest)
	}
	return r.errors
}

// Valid reports whether v breaks no rule. It stops at the first that is broken
// and allocates nothing.
func (s *Schema) Valid(v any) bool {
	var r run
	return r.eval(s.root, v)
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

func escapePointer(name string) string {
	if !strings.ContainsAny(name, "~/") {
		return name
	}
	return pointerEscaper.Replace(name)
}
