package telemetry

import "strings"

// Namespaces is a choice of namespaces, as the variable DEBUG writes it: names
// separated by commas or spaces, with * for any characters; a name after a
// minus is taken out again.
//
//	sockethub*,-sockethub:engineio
type Namespaces struct{ in, out []string }

// ParseNamespaces reads a choice. Every text is one.
func ParseNamespaces(text string) Namespaces {
	var n Namespaces
	for _, name := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if name, without := strings.CutPrefix(name, "-"); without {
			n.out = append(n.out, name)
		} else {
			n.in = append(n.in, name)
		}
	}
	return n
}

// Empty reports whether nothing can match.
func (n Namespaces) Empty() bool { return len(n.in) == 0 }

// Match reports whether a namespace is chosen.
func (n Namespaces) Match(namespace string) bool {
	for _, pattern := range n.out {
		if match(pattern, namespace) {
			return false
		}
	}
	for _, pattern := range n.in {
		if match(pattern, namespace) {
			return true
		}
	}
	return false
}

// match compares with a pattern in which * stands for any characters.
func match(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	// The first place of a part is as good as any later one, but for the last.
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}
