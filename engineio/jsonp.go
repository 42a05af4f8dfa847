package engineio

import "net/url"

// Pages of browsers without cross-origin requests load payloads as scripts:
//
//	C> GET /?EIO=4&transport=polling&j=0
//	S> ___eio[0]("0{\"sid\":…}");
//	C> POST … d=40

// jsonpHead is what goes before each payload of a session. Only the digits
// of index are kept: it comes from the query and would run as script.
func jsonpHead(index string) string {
	b := []byte("___eio[")
	for i := range len(index) {
		if index[i] >= '0' && index[i] <= '9' && len(b) < 32 {
			b = append(b, index[i])
		}
	}
	return string(b) + `]("`
}

// appendJSONP appends a payload as a string of script, and what ends the call
// that head, in dst, has begun.
func appendJSONP(dst, body []byte) []byte {
	const hex = "0123456789abcdef"
	for _, r := range string(body) {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r < ' ' || r == '<':
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		case r == '\u2028': // ends a line of script, as the next does
			dst = append(dst, `\u2028`...)
		case r == '\u2029':
			dst = append(dst, `\u2029`...)
		default:
			dst = append(dst, string(r)...)
		}
	}
	return append(dst, `");`...)
}

// formData returns the payload of a POST's form field d. A form would turn line
// breaks into CR LF: they come as \n, and what was \n as \\n.
func formData(body []byte) []byte {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil
	}
	d := []byte(form.Get("d"))
	out := d[:0]
	for i := 0; i < len(d); i++ {
		switch {
		case hasAt(d, i, `\\n`):
			out = append(out, `\n`...)
			i += 2
		case hasAt(d, i, `\n`):
			out = append(out, '\n')
			i++
		default:
			out = append(out, d[i])
		}
	}
	return out
}

func hasAt(b []byte, i int, s string) bool {
	return len(b)-i >= len(s) && string(b[i:i+len(s)]) == s
}
