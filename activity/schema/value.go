package schema

import (
	"math"
	"sort"
	"strconv"
	"strings"
)

// kindOf returns the types that v has: a whole number is an integer and a
// number; what is not a JSON value, such as an infinite number, has none.
func kindOf(v any) typeSet {
	switch v := v.(type) {
	case nil:
		return typeNull
	case bool:
		return typeBoolean
	case string:
		return typeString
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return 0
		}
		if v == math.Trunc(v) {
			return typeInteger | typeNumber
		}
		return typeNumber
	case int, int64, uint64:
		return typeInteger | typeNumber
	case []any, []string:
		return typeArray
	case Object, map[string]any:
		return typeObject
	}
	return 0
}

// number, elements and members give a value of that kind in the form in which
// it is evaluated.

func number(v any) float64 {
	switch v := v.(type) {
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	}
	return v.(float64)
}

func elements(v any) []any {
	if texts, ok := v.([]string); ok {
		list := make([]any, len(texts))
		for i, s := range texts {
			list[i] = s
		}
		return list
	}
	return v.([]any)
}

func members(v any) Object {
	if m, ok := v.(map[string]any); ok {
		return newSorted(m)
	}
	return v.(Object)
}

// sorted is a map whose members are in the order of their names.
type sorted struct {
	names []string
	m     map[string]any
}

func newSorted(m map[string]any) *sorted {
	s := &sorted{make([]string, 0, len(m)), m}
	for name := range m {
		s.names = append(s.names, name)
	}
	sort.Strings(s.names)
	return s
}

func (s *sorted) Len() int                   { return len(s.names) }
func (s *sorted) Member(i int) (string, any) { return s.names[i], s.m[s.names[i]] }
func (s *sorted) Lookup(name string) (any, bool) {
	v, ok := s.m[name]
	return v, ok
}

// equal compares as JSON Schema does: numbers by value, objects without regard
// to order.
func equal(a, b any) bool {
	kind := kindOf(a)
	if kind != kindOf(b) {
		return false
	}
	switch {
	case kind == typeString, kind == typeBoolean, kind == typeNull:
		return a == b
	case kind&typeNumber != 0:
		return number(a) == number(b)
	case kind == typeArray:
		x, y := elements(a), elements(b)
		if len(x) != len(y) {
			return false
		}
		for i := range x {
			if !equal(x[i], y[i]) {
				return false
			}
		}
		return true
	case kind == typeObject:
		x, y := members(a), members(b)
		if x.Len() != y.Len() {
			return false
		}
		for i := range x.Len() {
			name, value := x.Member(i)
			if other, ok := y.Lookup(name); !ok || !equal(value, other) {
				return false
			}
		}
		return true
	}
	return false
}

// duplicate finds two equal elements, those that the message names. It takes
// time linear in the size of the list, whatever a stranger sends.
func (a *arrayRules) duplicate(list []any) (i, j int, found bool) {
	if a.scalars != 0 {
		return duplicateScalar(list, a.scalars)
	}
	return duplicate(list)
}

// duplicateScalar looks at the elements of some types from the end: the first
// that equals a later one is named after it.
func duplicateScalar(list []any, types typeSet) (i, j int, found bool) {
	if len(list) < 2 {
		return 0, 0, false
	}
	seen := make(map[string]int, len(list))
	var key []byte
	for i := len(list) - 1; i >= 0; i-- {
		if kindOf(list[i])&types == 0 {
			continue
		}
		key = appendKey(key[:0], list[i])
		if j, ok := seen[string(key)]; ok {
			return i, j, true
		}
		seen[string(key)] = i
	}
	return 0, 0, false
}

// duplicate finds the last element that equals an earlier one, and the nearest
// such: the pair that comparing from the end finds first.
func duplicate(list []any) (later, earlier int, found bool) {
	if len(list) < 2 {
		return 0, 0, false
	}
	if len(list) <= 8 && flat(list) {
		for i := len(list) - 1; i > 0; i-- {
			for j := i - 1; j >= 0; j-- {
				if equal(list[i], list[j]) {
					return i, j, true
				}
			}
		}
		return 0, 0, false
	}
	seen := make(map[string]int, len(list))
	var key []byte
	for i, v := range list {
		key = appendKey(key[:0], v)
		if j, ok := seen[string(key)]; ok {
			later, earlier, found = i, j, true
		}
		seen[string(key)] = i
	}
	return later, earlier, found
}

func flat(list []any) bool {
	for _, v := range list {
		if kindOf(v)&(typeArray|typeObject) != 0 {
			return false
		}
	}
	return true
}

// appendKey appends a form of v that is the same for equal values only.
func appendKey(dst []byte, v any) []byte {
	kind := kindOf(v)
	switch {
	case kind == typeNull:
		return append(dst, 'n')
	case kind == typeBoolean:
		return strconv.AppendBool(dst, v.(bool))
	case kind&typeNumber != 0:
		f := number(v)
		if f == 0 {
			f = 0 // -0 equals 0
		}
		return append(strconv.AppendFloat(append(dst, '#'), f, 'g', -1, 64), ';')
	case kind == typeString:
		return appendTextKey(dst, v.(string))
	case kind == typeArray:
		dst = append(dst, '[')
		for _, e := range elements(v) {
			dst = appendKey(dst, e)
		}
		return append(dst, ']')
	case kind == typeObject:
		obj := members(v)
		names := make([]string, obj.Len())
		for i := range names {
			names[i], _ = obj.Member(i)
		}
		sort.Strings(names)
		dst = append(dst, '{')
		for _, name := range names {
			value, _ := obj.Lookup(name)
			dst = appendKey(appendTextKey(dst, name), value)
		}
		return append(dst, '}')
	}
	return append(dst, '?')
}

func appendTextKey(dst []byte, s string) []byte {
	return append(append(strconv.AppendInt(append(dst, '"'), int64(len(s)), 10), ':'), s...)
}

// formatNumber writes a number of the schema as messages show it.
func formatNumber(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if abs := math.Abs(f); f != 0 && (abs < 1e-6 || abs >= 1e21) {
		s = strconv.FormatFloat(f, 'e', -1, 64)
		s = strings.Replace(strings.Replace(s, "e-0", "e-", 1), "e+0", "e+", 1)
	}
	return s
}
