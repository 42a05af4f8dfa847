package feeds

import "strings"

// person reads a name: of Atom's author the child name, else the text.
func (s *scanner) person() string {
	depth := s.depth
	name, own := "", []byte(nil)
	for {
		switch s.next() {
		case tokenText:
			if s.depth == depth && len(own) < maxText {
				own = s.appendRaw(own)
			}
			continue
		case tokenStart:
			if s.depth == depth+1 && s.name.local == "name" && name == "" {
				name = s.value()
			}
			continue
		case tokenEnd:
			if s.depth >= depth {
				continue
			}
		}
		break
	}
	if name == "" {
		name = string(trim(cut(own)))
	}
	return personName(name)
}

// personName returns the name where an address is with it, as RSS has authors
// (RSS 2.0, "author"), else what is there:
//
//	kim@reed.example (Kim Ode)     Kim Ode <kim@reed.example>     Kim Ode, kim@reed.example
func personName(s string) string {
	if strings.IndexByte(s, '@') < 0 {
		return s
	}
	if before, inside, ok := strings.Cut(s, "("); ok && strings.HasSuffix(s, ")") {
		before, inside = strings.TrimSpace(before), strings.TrimSpace(strings.TrimSuffix(inside, ")"))
		switch {
		case isMailAddress(before) && inside != "":
			return inside
		case isMailAddress(inside) && before != "":
			return before
		}
	}
	var words []string
	addresses := 0
	for _, word := range strings.FieldsFunc(s, isSpace) {
		if isMailAddress(strings.Trim(word, "<>()[],;:")) {
			addresses++
		} else {
			words = append(words, word)
		}
	}
	name := strings.Trim(strings.Join(words, " "), " ,;:-–|()\"'")
	if addresses != 1 || name == "" {
		return s
	}
	return name
}

// isMailAddress knows addresses of mail by their looks.
func isMailAddress(s string) bool {
	s = strings.TrimPrefix(strings.ToLower(s), "mailto:")
	at := strings.IndexByte(s, '@')
	return at > 0 && at < len(s)-1 && !strings.ContainsAny(s, " <>()")
}
