package markup

// Rewrite returns a page with other values for some of its attributes: change is
// asked for each and returns its new value, and whether it has one. Names are in
// lower case. All else stays byte for byte.
func Rewrite(page []byte, change func(element, attribute, value string) (string, bool)) []byte {
	var out []byte
	done := 0
	for s := NewScanner(page); s.Next() != EndOfInput; {
		if s.Kind != StartTag {
			continue
		}
		for _, a := range s.attributes {
			if a.valueEnd == a.value {
				continue
			}
			name := lowerCase(page[a.name:a.nameEnd])
			value, ok := change(string(s.Name), name, Unescape(page[a.value:a.valueEnd], true))
			if !ok {
				continue
			}
			out = append(out, page[done:a.value]...)
			quoted := page[a.value-1] == '"' || page[a.value-1] == '\''
			if !quoted {
				out = append(out, '"')
			}
			out = appendValue(out, value)
			if !quoted {
				out = append(out, '"')
			}
			done = a.valueEnd
		}
	}
	return append(out, page[done:]...)
}

func lowerCase(b []byte) string {
	name := make([]byte, len(b))
	for i, c := range b {
		name[i] = lower(c)
	}
	return string(name)
}

// appendValue appends a value so that it may stand in quotation marks of either
// kind.
func appendValue(dst []byte, value string) []byte {
	for i := range len(value) {
		switch c := value[i]; c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '"':
			dst = append(dst, "&quot;"...)
		case '\'':
			dst = append(dst, "&#39;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
