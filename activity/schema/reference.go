package schema

import (
	_ "embed"
	"net/url"
	"strconv"
	"strings"
)

// metaSchema is the schema of schemas, which a document may refer to.
//
//go:embed draft-07.json
var metaSchema []byte

// metaURI is its name.
const metaURI = "http://json-schema.org/draft-07/schema"

// identifiers finds what references name: whole schemas by the URI of their
// $id, and places in these by JSON pointer.
type identifiers struct {
	byURI map[string]place
	bases map[*document]string // the base URI that a schema's $id gives it
	root  any
}

func indexIdentifiers(root any) (*identifiers, error) {
	ids := &identifiers{byURI: map[string]place{}, bases: map[*document]string{}, root: root}
	ids.byURI[""] = place{root, ids.base(root, "")}
	return ids, ids.index(root, "", "#")
}

// meta adds the schema of schemas, which few refer to.
func (ids *identifiers) meta() error {
	v, err := decode(metaSchema)
	if err != nil {
		return err
	}
	return ids.index(v, "", "#")
}

// index walks schemas, and only schemas: an "$id" inside of const or enum is a
// value like any other.
func (ids *identifiers) index(v any, base, path string) error {
	doc, ok := v.(*document)
	if !ok {
		return nil
	}
	_, isRef := doc.Lookup("$ref")
	if id, ok := doc.Lookup("$id"); ok && !isRef {
		text, ok := id.(string)
		if !ok {
			return &RuleError{path, "$id must be a string"}
		}
		uri, err := join(base, text)
		if err != nil {
			return &RuleError{path, "$id " + strconv.Quote(text) + ": " + err.Error()}
		}
		whole, fragment, _ := strings.Cut(uri, "#")
		if fragment != "" {
			ids.byURI[uri] = place{doc, whole}
		}
		if whole != base {
			ids.byURI[whole] = place{doc, whole}
			ids.bases[doc] = whole
			base = whole
		}
	}
	for i := range doc.Len() {
		name, value := doc.Member(i)
		at := path + "/" + escapeFragment(name)
		switch name {
		case "not", "if", "then", "else", "contains", "propertyNames", "additionalItems", "additionalProperties":
			if err := ids.index(value, base, at); err != nil {
				return err
			}
		case "anyOf", "oneOf", "allOf", "items":
			list, ok := value.([]any)
			if !ok {
				list = []any{value}
			}
			for _, e := range list {
				if err := ids.index(e, base, at); err != nil {
					return err
				}
			}
		case "definitions", "properties", "patternProperties", "dependencies":
			if group, ok := value.(*document); ok {
				for j := range group.Len() {
					name, e := group.Member(j)
					if err := ids.index(e, base, at+"/"+escapeFragment(name)); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// base is the base URI inside of schema v, which stands where base is in force.
func (ids *identifiers) base(v any, base string) string {
	if doc, ok := v.(*document); ok {
		if own, ok := ids.bases[doc]; ok {
			return own
		}
	}
	return base
}

// resolve finds what ref means where base is in force.
func (ids *identifiers) resolve(base, ref string) (place, error) {
	uri, err := join(base, ref)
	if err != nil {
		return place{}, err
	}
	if p, ok := ids.byURI[uri]; ok {
		return p, nil
	}
	whole, fragment, _ := strings.Cut(uri, "#")
	p, ok := ids.byURI[whole]
	if !ok && whole == metaURI {
		if err := ids.meta(); err != nil {
			return place{}, err
		}
		p, ok = ids.byURI[whole]
	}
	if !ok {
		return place{}, errOutside
	}
	if fragment == "" {
		return p, nil
	}
	pointer, err := url.PathUnescape(fragment)
	if err != nil {
		return place{}, err
	}
	if !strings.HasPrefix(pointer, "/") {
		return place{}, errNoPlace("#" + fragment)
	}
	for _, step := range strings.Split(pointer[1:], "/") {
		step = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
		value, ok := child(p.value, step)
		if !ok {
			return place{}, errNoPlace("#" + fragment)
		}
		p = place{value, ids.base(p.value, p.base)}
	}
	return p, nil
}

func child(v any, step string) (any, bool) {
	switch v := v.(type) {
	case *document:
		return v.Lookup(step)
	case []any:
		i, err := strconv.ParseUint(step, 10, 31)
		if err != nil || i >= uint64(len(v)) {
			return nil, false
		}
		return v[i], true
	}
	return nil, false
}

// join resolves ref against base (RFC 3986, section 5). Fragments stay as they
// are written.
func join(base, ref string) (string, error) {
	whole, fragment, hasFragment := strings.Cut(ref, "#")
	if whole == "" {
		whole = base
	} else if base != "" {
		b, err := url.Parse(base)
		if err != nil {
			return "", err
		}
		r, err := url.Parse(whole)
		if err != nil {
			return "", err
		}
		whole = b.ResolveReference(r).String()
	}
	if hasFragment && fragment != "" {
		return whole + "#" + fragment, nil
	}
	return whole, nil
}

// containsReference reports whether a $ref stands anywhere in v.
func containsReference(v any) bool {
	switch v := v.(type) {
	case *document:
		for i := range v.Len() {
			name, value := v.Member(i)
			if name == "$ref" || containsReference(value) {
				return true
			}
		}
	case []any:
		for _, e := range v {
			if containsReference(e) {
				return true
			}
		}
	}
	return false
}
