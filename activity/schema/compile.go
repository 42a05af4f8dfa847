package schema

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// builder turns the schemas of a document into nodes. The order in which it
// does so is not the order of evaluation.
type builder struct {
	formats map[string]func(string) bool
	ids     *identifiers
	shared  map[sharedKey]*node // what references lead to
}

// sharedKey names a schema by its place and by the path that errors give it.
type sharedKey struct {
	place any // *document, compared by identity
	path  string
}

func newBuilder(formats map[string]func(string) bool) *builder {
	return &builder{formats: formats, shared: map[sharedKey]*node{}}
}

func (b *builder) build(root any) (*node, error) {
	var err error
	if b.ids, err = indexIdentifiers(root); err != nil {
		return nil, err
	}
	n, err := b.node(place{value: root, base: b.ids.base(root, "")}, "#")
	if err != nil {
		return nil, err
	}
	if err := findLoop(n); err != nil {
		return nil, err
	}
	return n, nil
}

// place is a schema of the document, with the base URI that its references are
// relative to.
type place struct {
	value any
	base  string
}

// RuleError reports a schema that breaks a rule of JSON Schema itself.
type RuleError struct {
	Path string // of the schema, as "#/properties/id"
	Rule string // what is wrong with it
}

func (e *RuleError) Error() string { return e.Path + ": " + e.Rule }

// node compiles the schema at p. path is what errors put before its keywords.
func (b *builder) node(p place, path string) (*node, error) {
	n := &node{path: path}
	return n, b.fill(n, p, path)
}

func (b *builder) fill(n *node, p place, path string) error {
	switch v := p.value.(type) {
	case bool:
		n.boolean, n.value = true, v
		return nil
	case *document:
		n.keywordPaths = make(map[string]string, v.Len())
		for _, name := range v.names {
			n.keywordPaths[name] = path + "/" + name
		}
		k := &keywords{builder: b, doc: v, base: b.ids.base(v, p.base), path: path, n: n}
		if ref, ok := v.Lookup("$ref"); ok {
			// Draft-07, section 8.3: all other members are ignored beside it.
			return k.reference(ref, p.base)
		}
		k.all()
		return k.err
	}
	return &RuleError{path, "a schema must be an object or a boolean"}
}

// keywords reads the members of one schema into n. Its first error sticks.
type keywords struct {
	*builder
	doc  *document
	base string
	path string
	n    *node
	err  error
}

func (k *keywords) all() {
	k.types()
	if v, ok := k.doc.Lookup("const"); ok {
		k.n.hasConst, k.n.constant = true, v
	}
	if list, ok := k.list("enum"); ok {
		k.n.enum = list
		if len(list) > 8 {
			k.n.enumText = map[string]bool{}
			for _, v := range list {
				if s, ok := v.(string); ok {
					k.n.enumText[s] = true
				}
			}
		}
	}
	k.n.not = k.sub("not")
	k.n.anyOf = k.subs("anyOf")
	k.n.oneOf = k.subs("oneOf")
	k.n.allOf = k.subs("allOf")
	k.n.when, k.n.then, k.n.otherwise = k.sub("if"), k.sub("then"), k.sub("else")
	k.numbers()
	k.texts()
	k.arrays()
	k.objects()
	k.definitions()
	k.typePlace()
}

func (k *keywords) types() {
	v, ok := k.doc.Lookup("type")
	if !ok {
		return
	}
	names, isList := v.([]any)
	if !isList {
		names = []any{v}
	}
	var texts []string
	for _, name := range names {
		s, _ := name.(string)
		t := typeNames[s]
		if t == 0 {
			k.fail("type must be one of array, boolean, integer, null, number, object, string, or a list of these")
			return
		}
		k.n.types |= t
		texts = append(texts, s)
	}
	if len(texts) == 0 {
		k.fail("type must name at least one type")
	}
	k.n.typeText = strings.Join(texts, ",")
}

// typePlace decides where the error of "type" stands: with one type that has
// keywords of its own here, it takes the place of these; else it comes first.
func (k *keywords) typePlace() {
	n := k.n
	switch {
	case n.types == typeNumber && n.number != nil,
		n.types == typeString && n.text != nil,
		n.types == typeArray && n.array != nil,
		n.types == typeObject && n.object != nil:
		n.typeIn = n.types
	}
}

func (k *keywords) numbers() {
	rules := numberRules{}
	for _, limit := range []numberLimit{
		{keyword: "maximum", symbol: "<="}, {keyword: "minimum", symbol: ">="},
		{keyword: "exclusiveMaximum", symbol: "<"}, {keyword: "exclusiveMinimum", symbol: ">"},
	} {
		if f, ok := k.float(limit.keyword); ok {
			limit.value, limit.text = f, formatNumber(f)
			rules.limits = append(rules.limits, limit)
		}
	}
	if f, ok := k.float("multipleOf"); ok {
		if f <= 0 {
			k.fail("multipleOf must be greater than 0")
		}
		rules.multipleOf = f
	}
	// A format counts among the keywords of numbers too, though none of ours
	// says anything about a number.
	if _, ok := k.doc.Lookup("format"); ok || rules.limits != nil || rules.multipleOf != 0 {
		k.n.number = &rules
	}
}

func (k *keywords) texts() {
	if !k.has("maxLength", "minLength", "pattern", "format") {
		return
	}
	t := &textRules{maxLength: k.count("maxLength"), minLength: k.count("minLength")}
	k.n.text = t
	if s, ok := k.text("pattern"); ok {
		re, err := compilePattern(s)
		if err != nil {
			k.fail("pattern " + strconv.Quote(s) + ": " + err.Error())
		}
		t.pattern, t.patternText = re, s
	}
	if s, ok := k.text("format"); ok {
		t.formatName = s
		if t.format, ok = k.formats[s]; !ok {
			t.format = formats(s)
		}
	}
}

func (k *keywords) arrays() {
	if !k.has("maxItems", "minItems", "additionalItems", "items", "contains", "uniqueItems") {
		return
	}
	a := &arrayRules{maxItems: k.count("maxItems"), minItems: k.count("minItems")}
	k.n.array = a
	items, _ := k.doc.Lookup("items")
	if _, ok := items.([]any); ok {
		a.tuple = k.subs("items")
		a.additional = k.sub("additionalItems")
	} else {
		a.items = k.sub("items")
		if n := a.items; n != nil && n.types&(typeArray|typeObject) == 0 {
			a.scalars = n.types
		}
		k.sub("additionalItems") // says nothing here, but must be a schema
	}
	a.contains = k.sub("contains")
	a.unique = k.boolean("uniqueItems")
}

func (k *keywords) objects() {
	if !k.has("maxProperties", "minProperties", "required", "propertyNames", "additionalProperties",
		"dependencies", "properties", "patternProperties") {
		return
	}
	o := &objectRules{maxProperties: k.count("maxProperties"), minProperties: k.count("minProperties")}
	k.n.object = o
	o.required = k.names("required")
	o.propertyNames = k.sub("propertyNames")
	o.additional = k.sub("additionalProperties")
	k.dependencies(o)
	k.each("properties", func(name string, v any) {
		o.properties = append(o.properties, property{name, k.at(v, "properties", name)})
	})
	if len(o.properties) > 8 {
		o.known = map[string]bool{}
		for _, p := range o.properties {
			o.known[p.name] = true
		}
	}
	k.each("patternProperties", func(name string, v any) {
		re, err := compilePattern(name)
		if err != nil {
			k.fail("patternProperties " + strconv.Quote(name) + ": " + err.Error())
		}
		o.patterns = append(o.patterns, patternProperty{re, k.at(v, "patternProperties", name)})
	})
}

func (k *keywords) dependencies(o *objectRules) {
	var schemas []dependency
	k.each("dependencies", func(name string, v any) {
		list, ok := v.([]any)
		if !ok {
			schemas = append(schemas, dependency{name: name, node: k.at(v, "dependencies", name)})
			return
		}
		d := dependency{name: name}
		for _, e := range list {
			s, ok := e.(string)
			if !ok {
				k.fail("dependencies must be schemas or lists of names")
			}
			d.required = append(d.required, s)
		}
		o.dependencies = append(o.dependencies, d)
	})
	o.dependencies = append(o.dependencies, schemas...)
}

// definitions compiles what may never be referred to: its mistakes count too.
func (k *keywords) definitions() {
	k.each("definitions", func(name string, v any) {
		k.at(v, "definitions", name)
	})
}

// reference makes n stand for what ref leads to. A schema without references of
// its own is named in errors by the reference; another by itself, from "#" on.
func (k *keywords) reference(v any, base string) error {
	ref, ok := v.(string)
	if !ok {
		return &RuleError{k.path, "$ref must be a string"}
	}
	target, err := k.ids.resolve(base, ref)
	if err != nil {
		return &RuleError{k.path, "$ref " + strconv.Quote(ref) + ": " + err.Error()}
	}
	path := "#"
	if !containsReference(target.value) {
		path = ref
	}
	key := sharedKey{target.value, path}
	if shared, ok := k.shared[key]; ok {
		k.n.ref = shared
		return nil
	}
	k.n.ref = &node{path: path}
	if _, ok := target.value.(*document); ok {
		k.shared[key] = k.n.ref
	}
	return k.fill(k.n.ref, target, path)
}

func (k *keywords) fail(rule string) {
	if k.err == nil {
		k.err = &RuleError{k.path, rule}
	}
}

func (k *keywords) has(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, ok := k.doc.Lookup(name)
		return ok
	})
}

// sub compiles the schema that keyword holds; nil without one.
func (k *keywords) sub(keyword string) *node {
	v, ok := k.doc.Lookup(keyword)
	if !ok {
		return nil
	}
	return k.at(v, keyword)
}

// subs compiles a list of schemas.
func (k *keywords) subs(keyword string) []*node {
	list, ok := k.list(keyword)
	if !ok {
		return nil
	}
	nodes := make([]*node, len(list))
	for i, v := range list {
		nodes[i] = k.at(v, keyword, strconv.Itoa(i))
	}
	if len(nodes) == 0 && keyword != "items" {
		k.fail(keyword + " must have at least one schema")
	}
	return nodes
}

func (k *keywords) at(v any, steps ...string) *node {
	path := k.path
	for _, s := range steps {
		path += "/" + escapeFragment(s)
	}
	n, err := k.node(place{v, k.base}, path)
	if err != nil && k.err == nil {
		k.err = err
	}
	return n
}

func (k *keywords) each(keyword string, f func(name string, v any)) {
	v, ok := k.doc.Lookup(keyword)
	if !ok {
		return
	}
	doc, ok := v.(*document)
	if !ok {
		k.fail(keyword + " must be an object")
		return
	}
	for i := range doc.Len() {
		f(doc.Member(i))
	}
}

func (k *keywords) list(keyword string) ([]any, bool) {
	v, ok := k.doc.Lookup(keyword)
	if !ok {
		return nil, false
	}
	list, ok := v.([]any)
	if !ok {
		k.fail(keyword + " must be a list")
	}
	return list, ok
}

func (k *keywords) names(keyword string) []string {
	list, _ := k.list(keyword)
	var names []string
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			k.fail(keyword + " must be a list of names")
		}
		names = append(names, s)
	}
	return names
}

func (k *keywords) text(keyword string) (string, bool) {
	v, ok := k.doc.Lookup(keyword)
	if !ok {
		return "", false
	}
	s, ok := v.(string)
	if !ok {
		k.fail(keyword + " must be a string")
	}
	return s, ok
}

func (k *keywords) boolean(keyword string) bool {
	v, ok := k.doc.Lookup(keyword)
	if !ok {
		return false
	}
	flag, ok := v.(bool)
	if !ok {
		k.fail(keyword + " must be a boolean")
	}
	return flag
}

func (k *keywords) float(keyword string) (float64, bool) {
	v, ok := k.doc.Lookup(keyword)
	if !ok {
		return 0, false
	}
	f, ok := v.(float64)
	if !ok {
		k.fail(keyword + " must be a number")
	}
	return f, ok
}

// count reads a keyword that is a number of things; -1 without it.
func (k *keywords) count(keyword string) int {
	f, ok := k.float(keyword)
	if !ok {
		return -1
	}
	if f < 0 || f > math.MaxInt32 || !isInteger(f) {
		k.fail(keyword + " must be a whole number from 0 to 2147483647")
		return -1
	}
	return int(f)
}

// findLoop refuses schemas that would be evaluated without end: a schema that
// refers to itself for the same value.
func findLoop(root *node) error {
	const open, closed = 1, 2
	state := map[*node]int{}
	queue := []*node{root}
	var visit func(n *node) error
	visit = func(n *node) error {
		if n == nil || state[n] == closed {
			return nil
		}
		if state[n] == open {
			return &RuleError{n.path, "refers to itself for the same value"}
		}
		state[n] = open
		same, inside := n.children()
		for _, sub := range same {
			if err := visit(sub); err != nil {
				return err
			}
		}
		state[n] = closed
		queue = append(queue, inside...)
		return nil
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if err := visit(n); err != nil {
			return err
		}
	}
	return nil
}

// children returns the nodes that n applies to its own value, and those that it
// applies to members and elements. Some are nil.
func (n *node) children() (same, inside []*node) {
	same = append([]*node{n.ref, n.not, n.when, n.then, n.otherwise}, n.anyOf...)
	same = append(append(same, n.oneOf...), n.allOf...)
	if o := n.object; o != nil {
		for _, d := range o.dependencies {
			same = append(same, d.node)
		}
		inside = append(inside, o.propertyNames, o.additional)
		for _, p := range o.properties {
			inside = append(inside, p.node)
		}
		for _, p := range o.patterns {
			inside = append(inside, p.node)
		}
	}
	if a := n.array; a != nil {
		inside = append(append(inside, a.items, a.additional, a.contains), a.tuple...)
	}
	return same, inside
}

// escapeFragment writes a member's name as a step of a JSON pointer in a URI
// fragment, as in a schema path.
func escapeFragment(name string) string {
	return strings.ReplaceAll(url.QueryEscape(escapePointer(name)), "+", "%20")
}

var errOutside = errors.New("leads out of the document, and nothing is fetched")

func errNoPlace(pointer string) error {
	return fmt.Errorf("the document has no %s", pointer)
}
