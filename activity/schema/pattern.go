package schema

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// compilePattern translates a regular expression of ECMA 262 (with the flag u)
// into one of Go's, which matches in time linear in the input. What Go lacks is
// refused: lookahead, lookbehind, back references, and repetitions above 1,000.
func compilePattern(pattern string) (*regexp.Regexp, error) {
	t := translator{in: pattern}
	if err := t.disjunction(); err != nil {
		return nil, err
	}
	re, err := regexp.Compile(t.out.String())
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re, nil
}

// The classes of ECMA 262 that differ from Go's, without brackets.
const (
	ecmaSpace   = `\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`
	ecmaNewline = `\n\r\x{2028}\x{2029}`
)

// translator copies a pattern, changing what means something else in Go.
type translator struct {
	in  string
	pos int
	out strings.Builder
}

func (t *translator) disjunction() error {
	for t.pos < len(t.in) {
		rest := t.in[t.pos:]
		switch c := rest[0]; {
		case strings.HasPrefix(rest, "(?="), strings.HasPrefix(rest, "(?!"):
			return errors.New("lookahead is not supported")
		case strings.HasPrefix(rest, "(?<="), strings.HasPrefix(rest, "(?<!"):
			return errors.New("lookbehind is not supported")
		case strings.HasPrefix(rest, "(?") && !strings.HasPrefix(rest, "(?:") && !strings.HasPrefix(rest, "(?<"):
			return errors.New("unknown group")
		case c == '\\':
			if err := t.escape(false); err != nil {
				return err
			}
		case c == '[':
			if err := t.class(); err != nil {
				return err
			}
		case c == '.':
			t.out.WriteString("[^" + ecmaNewline + "]")
			t.pos++
		case c == '$':
			t.out.WriteString(`\z`)
			t.pos++
		case c == '^':
			t.out.WriteString(`\A`)
			t.pos++
		default:
			t.out.WriteByte(c)
			t.pos++
		}
	}
	return nil
}

func (t *translator) class() error {
	t.pos++
	t.out.WriteByte('[')
	if strings.HasPrefix(t.in[t.pos:], "^") {
		t.out.WriteByte('^')
		t.pos++
	}
	if strings.HasPrefix(t.in[t.pos:], "]") {
		// [] matches nothing and [^] everything; Go would read on.
		t.pos++
		s := strings.TrimSuffix(strings.TrimSuffix(t.out.String(), "^"), "[")
		negated := strings.HasSuffix(t.out.String(), "^")
		t.out.Reset()
		t.out.WriteString(s)
		if negated {
			t.out.WriteString(`[\x{0}-\x{10ffff}]`)
		} else {
			t.out.WriteString(`[^\x{0}-\x{10ffff}]`)
		}
		return nil
	}
	for t.pos < len(t.in) {
		switch c := t.in[t.pos]; c {
		case ']':
			t.out.WriteByte(c)
			t.pos++
			return nil
		case '\\':
			if err := t.escape(true); err != nil {
				return err
			}
		case '[':
			t.out.WriteString(`\[`)
			t.pos++
		default:
			t.out.WriteByte(c)
			t.pos++
		}
	}
	return errors.New("class without an end")
}

// escape translates what follows a backslash.
func (t *translator) escape(inClass bool) error {
	t.pos++
	if t.pos >= len(t.in) {
		return errors.New("escape without a character")
	}
	c := t.in[t.pos]
	t.pos++
	switch c {
	case 'd', 'D', 'w', 'W', 't', 'n', 'v', 'f', 'r':
		t.out.WriteString(`\` + string(c))
	case 's':
		t.out.WriteString(bracket(ecmaSpace, inClass))
	case 'S':
		if inClass {
			return errors.New(`\S in a class is not supported`)
		}
		t.out.WriteString("[^" + ecmaSpace + "]")
	case 'b', 'B':
		if inClass {
			if c == 'B' {
				return errors.New(`\B in a class`)
			}
			t.out.WriteString(`\x08`)
			return nil
		}
		t.out.WriteString(`\` + string(c))
	case 'c':
		if t.pos >= len(t.in) || !isLetter(t.in[t.pos]) {
			return errors.New(`\c must be followed by a letter`)
		}
		fmt.Fprintf(&t.out, `\x%02x`, t.in[t.pos]&0x1F)
		t.pos++
	case 'x':
		return t.hex(2)
	case 'u':
		return t.unicode()
	case 'p', 'P':
		return t.property(c)
	case '0':
		if t.pos < len(t.in) && t.in[t.pos] >= '0' && t.in[t.pos] <= '9' {
			return errors.New("octal escapes are not supported")
		}
		t.out.WriteString(`\x00`)
	case 'k':
		return errors.New("back references are not supported")
	default:
		switch {
		case c >= '1' && c <= '9':
			return errors.New("back references are not supported")
		case strings.IndexByte(`^$\.*+?()[]{}|/`, c) >= 0:
			t.out.WriteString(quote(c))
		case c == '-':
			t.out.WriteString(`\-`)
		default:
			return fmt.Errorf("unknown escape %q", `\`+string(c))
		}
	}
	return nil
}

func (t *translator) hex(digits int) error {
	if t.pos+digits > len(t.in) || !allHex(t.in[t.pos:t.pos+digits]) {
		return errors.New("escape without its hexadecimal digits")
	}
	t.out.WriteString(`\x{` + t.in[t.pos:t.pos+digits] + `}`)
	t.pos += digits
	return nil
}

// unicode translates \uXXXX, pairs of these that are surrogates, and \u{X…}.
func (t *translator) unicode() error {
	if strings.HasPrefix(t.in[t.pos:], "{") {
		end := strings.IndexByte(t.in[t.pos:], '}')
		if end < 2 || !allHex(t.in[t.pos+1:t.pos+end]) {
			return errors.New("escape without its hexadecimal digits")
		}
		t.out.WriteString(`\x` + t.in[t.pos:t.pos+end+1])
		t.pos += end + 1
		return nil
	}
	rest := t.in[t.pos:]
	if len(rest) >= 10 && rest[4:6] == `\u` && allHex(rest[:4]) && allHex(rest[6:10]) {
		var high, low rune
		fmt.Sscanf(rest[:4], "%x", &high)
		fmt.Sscanf(rest[6:10], "%x", &low)
		if high>>10 == 0x36 && low>>10 == 0x37 {
			fmt.Fprintf(&t.out, `\x{%x}`, 0x10000+(high-0xD800)<<10+(low-0xDC00))
			t.pos += 10
			return nil
		}
	}
	return t.hex(4)
}

// property translates \p{…}: general categories and scripts.
func (t *translator) property(c byte) error {
	rest := t.in[t.pos:]
	end := strings.IndexByte(rest, '}')
	if !strings.HasPrefix(rest, "{") || end < 0 {
		return errors.New(`\p must be followed by {…}`)
	}
	name := rest[1:end]
	for _, prefix := range []string{"General_Category=", "gc=", "Script=", "sc="} {
		name = strings.TrimPrefix(name, prefix)
	}
	if short, ok := categories[name]; ok {
		name = short
	}
	t.out.WriteString(`\` + string(c) + "{" + name + "}")
	t.pos += end + 1
	return nil
}

// categories are the long names of general categories, which Go does not know.
var categories = map[string]string{
	"Letter": "L", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll", "Titlecase_Letter": "Lt",
	"Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M", "Nonspacing_Mark": "Mn",
	"Spacing_Mark": "Mc", "Enclosing_Mark": "Me", "Number": "N", "Decimal_Number": "Nd", "digit": "Nd",
	"Letter_Number": "Nl", "Other_Number": "No", "Punctuation": "P", "punct": "P", "Symbol": "S",
	"Math_Symbol": "Sm", "Currency_Symbol": "Sc", "Modifier_Symbol": "Sk", "Other_Symbol": "So",
	"Separator": "Z", "Space_Separator": "Zs", "Line_Separator": "Zl", "Paragraph_Separator": "Zp",
	"Other": "C", "Control": "Cc", "cntrl": "Cc", "Format": "Cf",
}

func bracket(class string, inClass bool) string {
	if inClass {
		return class
	}
	return "[" + class + "]"
}

func quote(c byte) string {
	if c == '/' {
		return "/"
	}
	return `\` + string(c)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func allHex(s string) bool {
	for i := range len(s) {
		if !isHex(s[i]) {
			return false
		}
	}
	return s != ""
}
