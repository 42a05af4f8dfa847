package schema

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxErrors is how many errors a validation keeps beside the last one. Each
// element of a long list can break a rule, and nobody reads them all.
const maxErrors = 1000

// run is one validation. Without collect it stops at the first broken rule and
// keeps nothing.
type run struct {
	collect bool
	errors  []Error   // the first maxErrors
	latest  *Error    // the last one when it is not in errors
	count   int       // of all
	path    []segment // from the whole value to the one being looked at; only with collect
}

// mark is a place in the list of errors, to go back to.
type mark struct {
	count  int
	latest *Error
}

func (r *run) mark() mark { return mark{r.count, r.latest} }

// forget drops the errors behind a mark.
func (r *run) forget(m mark) {
	r.count, r.latest = m.count, m.latest
	r.errors = r.errors[:min(m.count, len(r.errors))]
}

// segment is a member's name or, with isIndex, a position in a list.
type segment struct {
	name    string
	index   int
	isIndex bool
}

// eval reports whether v breaks no rule of n. The order of keywords is the order
// of errors (see the package's doc).
func (r *run) eval(n *node, v any) bool {
	if n.boolean {
		if !n.value {
			r.add(n, "false schema", "boolean schema is false")
		}
		return n.value
	}
	if n.ref != nil {
		return r.eval(n.ref, v)
	}
	mark := r.mark()
	kind := kindOf(v)
	if n.types != 0 && n.types&kind == 0 && n.typeIn == 0 && !r.wrongType(n) {
		return false
	}
	if !r.anyType(n, v) && !r.collect {
		return false
	}
	if n.number != nil && !r.numberGroup(n, v, kind) && !r.collect {
		return false
	}
	if n.text != nil && !r.textGroup(n, v, kind) && !r.collect {
		return false
	}
	if n.array != nil && !r.arrayGroup(n, v, kind) && !r.collect {
		return false
	}
	if n.object != nil && !r.objectGroup(n, v, kind) && !r.collect {
		return false
	}
	return r.count == mark.count
}

// anyType evaluates the keywords that apply to values of every type.
func (r *run) anyType(n *node, v any) bool {
	mark := r.mark()
	if n.hasConst && !equal(v, n.constant) && !r.add(n, "const", "must be equal to constant") {
		return false
	}
	if n.enum != nil && !n.allows(v) {
		if !r.add(n, "enum", "must be equal to one of the allowed values") {
			return false
		}
		r.last().Allowed = n.enum
	}
	if n.not != nil && r.quietly(n.not, v) && !r.add(n, "not", "must NOT be valid") {
		return false
	}
	if n.anyOf != nil && !r.evalAnyOf(n, v) && !r.collect {
		return false
	}
	if n.oneOf != nil && !r.evalOneOf(n, v) && !r.collect {
		return false
	}
	for _, sub := range n.allOf {
		if !r.eval(sub, v) && !r.collect {
			return false
		}
	}
	if n.when != nil && !r.evalIf(n, v) && !r.collect {
		return false
	}
	return r.count == mark.count
}

func (n *node) allows(v any) bool {
	if s, ok := v.(string); ok && n.enumText != nil {
		return n.enumText[s]
	}
	return slices.ContainsFunc(n.enum, func(allowed any) bool { return equal(v, allowed) })
}

func (r *run) evalAnyOf(n *node, v any) bool {
	mark := r.mark()
	for _, sub := range n.anyOf {
		if r.eval(sub, v) {
			r.forget(mark)
			return true
		}
	}
	r.add(n, "anyOf", "must match a schema in anyOf")
	return false
}

// evalOneOf does not look at the branches behind the second that matches.
func (r *run) evalOneOf(n *node, v any) bool {
	mark := r.mark()
	matches := 0
	for _, sub := range n.oneOf {
		if r.eval(sub, v) {
			if matches++; matches == 2 {
				break
			}
		}
	}
	if matches == 1 {
		r.forget(mark)
		return true
	}
	r.add(n, "oneOf", "must match exactly one schema in oneOf")
	return false
}

func (r *run) evalIf(n *node, v any) bool {
	branch, name := n.otherwise, "else"
	if r.quietly(n.when, v) {
		branch, name = n.then, "then"
	}
	if branch == nil || r.eval(branch, v) {
		return true
	}
	r.add(n, "if", `must match "`, name, `" schema`)
	return false
}

// quietly evaluates where errors are of no interest.
func (r *run) quietly(n *node, v any) bool {
	collect := r.collect
	r.collect = false
	valid := r.eval(n, v)
	r.collect = collect
	return valid
}

func (r *run) numberGroup(n *node, v any, kind typeSet) bool {
	if kind&typeNumber == 0 {
		return n.typeIn != typeNumber || n.isWrong(r)
	}
	mark := r.mark()
	f := number(v)
	for _, limit := range n.number.limits {
		if limit.breaks(f) && !r.add(n, limit.keyword, "must be ", limit.symbol, " ", limit.text) {
			return false
		}
	}
	if m := n.number.multipleOf; m != 0 && !isMultiple(f, m) {
		if !r.add(n, "multipleOf", "must be multiple of ", formatNumber(m)) {
			return false
		}
	}
	return r.count == mark.count
}

func (l *numberLimit) breaks(f float64) bool {
	switch l.keyword {
	case "maximum":
		return f > l.value
	case "minimum":
		return f < l.value
	case "exclusiveMaximum":
		return f >= l.value
	}
	return f <= l.value
}

func (r *run) textGroup(n *node, v any, kind typeSet) bool {
	if kind&typeString == 0 {
		return n.typeIn != typeString || n.isWrong(r)
	}
	mark := r.mark()
	s := v.(string)
	t := n.text
	if t.maxLength >= 0 && len(s) > t.maxLength && length(s) > t.maxLength &&
		!r.add(n, "maxLength", "must NOT have more than ", strconv.Itoa(t.maxLength), " characters") {
		return false
	}
	if t.minLength > 0 && length(s) < t.minLength &&
		!r.add(n, "minLength", "must NOT have fewer than ", strconv.Itoa(t.minLength), " characters") {
		return false
	}
	if t.pattern != nil && !t.pattern.MatchString(s) && !r.add(n, "pattern", `must match pattern "`, t.patternText, `"`) {
		return false
	}
	if t.format != nil && !t.format(s) && !r.add(n, "format", `must match format "`, t.formatName, `"`) {
		return false
	}
	return r.count == mark.count
}

// length counts code points; half a surrogate pair, three bytes that begin as
// UTF-8 does, is one as well.
func length(s string) int {
	n := 0
	for i := range len(s) {
		if utf8.RuneStart(s[i]) {
			n++
		}
	}
	return n
}

func (r *run) arrayGroup(n *node, v any, kind typeSet) bool {
	if kind&typeArray == 0 {
		return n.typeIn != typeArray || n.isWrong(r)
	}
	mark := r.mark()
	list := elements(v)
	a := n.array
	if a.maxItems >= 0 && len(list) > a.maxItems &&
		!r.add(n, "maxItems", "must NOT have more than ", strconv.Itoa(a.maxItems), " items") {
		return false
	}
	if len(list) < a.minItems &&
		!r.add(n, "minItems", "must NOT have fewer than ", strconv.Itoa(a.minItems), " items") {
		return false
	}
	if a.additional != nil && len(list) > len(a.tuple) {
		if a.additional.boolean {
			if !a.additional.value && !r.add(n, "additionalItems", "must NOT have more than ", strconv.Itoa(len(a.tuple)), " items") {
				return false
			}
		} else if !r.evalItems(a.additional, list, len(a.tuple)) && !r.collect {
			return false
		}
	}
	for i, sub := range a.tuple {
		if i < len(list) && !r.evalItem(sub, list, i) && !r.collect {
			return false
		}
	}
	if a.items != nil && !r.evalItems(a.items, list, 0) && !r.collect {
		return false
	}
	if a.contains != nil && !r.evalContains(n, list) && !r.collect {
		return false
	}
	if a.unique {
		if i, j, ok := a.duplicate(list); ok && !r.add(n, "uniqueItems",
			"must NOT have duplicate items (items ## ", strconv.Itoa(j), " and ", strconv.Itoa(i), " are identical)") {
			return false
		}
	}
	return r.count == mark.count
}

func (r *run) evalItems(sub *node, list []any, from int) bool {
	valid, skipped := true, -1
	for i := from; i < len(list); i++ {
		if r.collect && r.count >= maxErrors {
			// Only the last error of all is of interest now.
			if !r.quietly(sub, list[i]) {
				valid, skipped = false, i
			}
			continue
		}
		if !r.evalItem(sub, list, i) {
			if valid = false; !r.collect {
				return false
			}
		}
	}
	if skipped >= 0 {
		r.evalItem(sub, list, skipped)
	}
	return valid
}

func (r *run) evalItem(sub *node, list []any, i int) bool {
	r.enter(segment{index: i, isIndex: true})
	valid := r.eval(sub, list[i])
	r.leave()
	return valid
}

func (r *run) evalContains(n *node, list []any) bool {
	mark := r.mark()
	for i := range list {
		found := false
		if r.count < maxErrors {
			found = r.evalItem(n.array.contains, list, i)
		} else {
			found = r.quietly(n.array.contains, list[i]) // its errors would not be kept
		}
		if found {
			r.forget(mark)
			return true
		}
	}
	r.add(n, "contains", "must contain at least 1 valid item(s)")
	return false
}

func (r *run) objectGroup(n *node, v any, kind typeSet) bool {
	if kind&typeObject == 0 {
		return n.typeIn != typeObject || n.isWrong(r)
	}
	mark := r.mark()
	obj := members(v)
	o := n.object
	if o.maxProperties >= 0 && obj.Len() > o.maxProperties &&
		!r.add(n, "maxProperties", "must NOT have more than ", strconv.Itoa(o.maxProperties), " properties") {
		return false
	}
	if obj.Len() < o.minProperties &&
		!r.add(n, "minProperties", "must NOT have fewer than ", strconv.Itoa(o.minProperties), " properties") {
		return false
	}
	for _, name := range o.required {
		if _, ok := obj.Lookup(name); !ok {
			if !r.add(n, "required", "must have required property '", name, "'") {
				return false
			}
			r.last().Property = name
		}
	}
	if o.propertyNames != nil && !r.evalNames(n, obj) && !r.collect {
		return false
	}
	if o.additional != nil && !r.evalAdditional(n, obj) && !r.collect {
		return false
	}
	for i := range o.dependencies {
		if !r.evalDependency(n, obj, v, &o.dependencies[i]) && !r.collect {
			return false
		}
	}
	for i := range o.properties {
		p := &o.properties[i]
		if value, ok := obj.Lookup(p.name); ok && !r.evalMember(p.node, p.name, value) && !r.collect {
			return false
		}
	}
	for i := range o.patterns {
		p := &o.patterns[i]
		for j := range obj.Len() {
			name, value := obj.Member(j)
			if p.pattern.MatchString(name) && !r.evalMember(p.node, name, value) && !r.collect {
				return false
			}
		}
	}
	return r.count == mark.count
}

func (r *run) evalMember(sub *node, name string, value any) bool {
	r.enter(segment{name: name})
	valid := r.eval(sub, value)
	r.leave()
	return valid
}

func (r *run) evalNames(n *node, obj Object) bool {
	valid := true
	for i := range obj.Len() {
		name, _ := obj.Member(i)
		if r.eval(n.object.propertyNames, name) {
			continue
		}
		if valid = false; !r.add(n, "propertyNames", "property name must be valid") {
			return false
		}
		r.last().Property = name
	}
	return valid
}

func (r *run) evalAdditional(n *node, obj Object) bool {
	o := n.object
	valid := true
	for i := range obj.Len() {
		name, value := obj.Member(i)
		if o.describes(name) {
			continue
		}
		if !o.additional.boolean {
			if !r.evalMember(o.additional, name, value) {
				if valid = false; !r.collect {
					return false
				}
			}
			continue
		}
		if o.additional.value {
			continue
		}
		if valid = false; !r.add(n, "additionalProperties", "must NOT have additional properties") {
			return false
		}
		r.last().Property = name
	}
	return valid
}

// describes reports whether properties or patternProperties speak of name.
func (o *objectRules) describes(name string) bool {
	if o.known != nil {
		if o.known[name] {
			return true
		}
	} else {
		for i := range o.properties {
			if o.properties[i].name == name {
				return true
			}
		}
	}
	return slices.ContainsFunc(o.patterns, func(p patternProperty) bool { return p.pattern.MatchString(name) })
}

func (r *run) evalDependency(n *node, obj Object, v any, d *dependency) bool {
	if _, ok := obj.Lookup(d.name); !ok {
		return true
	}
	if d.node != nil {
		return r.eval(d.node, v)
	}
	valid := true
	for _, name := range d.required {
		if _, ok := obj.Lookup(name); ok {
			continue
		}
		word := "property "
		if len(d.required) > 1 {
			word = "properties "
		}
		if valid = false; !r.add(n, "dependencies", "must have ", word, strings.Join(d.required, ", "), " when property ", d.name, " is present") {
			return false
		}
		r.last().Property = name
	}
	return valid
}

// isWrong notes that a value does not have the type whose group of keywords is
// n's typeIn, and returns false.
func (n *node) isWrong(r *run) bool {
	r.wrongType(n)
	return false
}

func (r *run) wrongType(n *node) bool {
	return r.add(n, "type", "must be ", n.typeText)
}

// add notes a broken rule. It reports whether evaluation goes on.
func (r *run) add(n *node, keyword string, message ...string) bool {
	if !r.collect {
		return false
	}
	e := Error{
		InstancePath: r.pointer(),
		SchemaPath:   n.keywordPath(keyword),
		Keyword:      keyword,
		Message:      strings.Join(message, ""),
	}
	r.count++
	if r.count <= maxErrors {
		r.errors = append(r.errors, e)
	} else {
		r.latest = &e
	}
	return true
}

// last is the error that was added last.
func (r *run) last() *Error {
	if r.latest != nil {
		return r.latest
	}
	return &r.errors[len(r.errors)-1]
}

func (r *run) enter(s segment) {
	if r.collect {
		r.path = append(r.path, s)
	}
}

func (r *run) leave() {
	if r.collect {
		r.path = r.path[:len(r.path)-1]
	}
}

// pointer is the path as a JSON pointer (RFC 6901).
func (r *run) pointer() string {
	var scratch [128]byte
	b := scratch[:0]
	for _, s := range r.path {
		b = append(b, '/')
		if s.isIndex {
			b = strconv.AppendInt(b, int64(s.index), 10)
		} else {
			b = append(b, escapePointer(s.name)...)
		}
	}
	return string(b)
}

// isMultiple goes by the quotient, as validators in JavaScript do; where that is
// too large for a double, by the remainder.
func isMultiple(f, m float64) bool {
	if q := f / m; !math.IsInf(q, 0) {
		return isInteger(q)
	}
	return math.Mod(f, m) == 0
}

func isInteger(f float64) bool {
	return f == math.Trunc(f) && !math.IsInf(f, 0)
}
