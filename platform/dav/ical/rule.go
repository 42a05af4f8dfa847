package ical

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/shape"
)

// part is NAME=value: of a recurrence rule (RFC 5545, section 3.3.10), or a
// parameter.
type part struct{ name, value string }

// ruleParts cuts a rule into its parts, as they are written.
func ruleParts(rule string) []part {
	var parts []part
	for text := range strings.SplitSeq(rule, ";") {
		if name, value, ok := strings.Cut(text, "="); ok {
			parts = append(parts, part{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	return parts
}

// rulePart is the value of the first part with a name, "" for none.
func rulePart(rule, name string) string {
	for rule != "" {
		var text string
		text, rule, _ = strings.Cut(rule, ";")
		if n, value, _ := strings.Cut(text, "="); strings.EqualFold(strings.TrimSpace(n), name) {
			return strings.ToValidUTF8(strings.TrimSpace(value), "\uFFFD")
		}
	}
	return ""
}

// maxRule is how long a rule may be to be shown.
const maxRule = 4096

// readRule is a rule as clients see it: what the members of a message can say, and
// the whole as it is written. nil without a frequency. What no message may say, as
// INTERVAL=0, is in the whole only.
func readRule(rule string) *activity.Object {
	frequency := strings.ToLower(rulePart(rule, "FREQ"))
	if frequency == "" {
		return nil
	}
	m := shape.New()
	switch frequency {
	case "secondly", "minutely", "hourly", "daily", "weekly", "monthly", "yearly":
		m.Add("frequency", frequency)
	}
	counted := false
	for _, f := range []struct {
		name, member string
		most         uint64
	}{{"INTERVAL", "interval", 999}, {"COUNT", "count", 99_999}} {
		if n, err := strconv.ParseUint(rulePart(rule, f.name), 10, 31); err == nil && n >= 1 && n <= f.most {
			m.Add(f.member, int(n))
			counted = f.name == "COUNT"
		}
	}
	if v := rulePart(rule, "UNTIL"); v != "" && !counted && shown(v) != v {
		m.Add("until", shown(v))
	}
	m.List("byDay", readList(rulePart(rule, "BYDAY"), func(v string) (any, bool) {
		v = strings.ToUpper(v)
		return v, isWeekday(v)
	}))
	m.List("byMonthDay", readList(rulePart(rule, "BYMONTHDAY"), func(v string) (any, bool) {
		n, err := strconv.Atoi(v)
		return n, err == nil && n != 0 && -31 <= n && n <= 31
	}))
	if len(rule) <= maxRule {
		m.Add("rule", strings.ToValidUTF8(rule, "\uFFFD"))
	}
	return m.Object()
}

// readList reads a part with several values, without those that cannot be read or
// come twice.
func readList(text string, read func(string) (any, bool)) (list []any) {
	if text == "" {
		return nil
	}
	for v := range strings.SplitSeq(text, ",") {
		if value, ok := read(strings.TrimSpace(v)); ok && !slices.Contains(list, value) {
			list = append(list, value)
		}
	}
	return list
}

// isWeekday reports whether a text is a value of BYDAY: MO, 2TU, -1FR.
func isWeekday(v string) bool {
	if len(v) < 2 {
		return false
	}
	number, day := v[:len(v)-2], v[len(v)-2:]
	switch day {
	case "MO", "TU", "WE", "TH", "FR", "SA", "SU":
	default:
		return false
	}
	if number == "" {
		return true
	}
	n, err := strconv.Atoi(number)
	return err == nil && n != 0 && -53 <= n && n <= 53 && strings.TrimLeft(number, "+-")[0] != '0'
}

// checkRule looks whether a text can stand in an RRULE line. Whether the rule
// says something sensible is not asked here.
func checkRule(rule string) (string, error) {
	if strings.ContainsFunc(rule, func(r rune) bool { return r < ' ' || r > '~' || r == ':' }) {
		return "", errors.New("invalid recurrence.rule")
	}
	for _, p := range ruleParts(rule) {
		if strings.EqualFold(p.name, "FREQ") && p.value != "" {
			return rule, nil
		}
	}
	return "", errors.New("invalid recurrence.rule")
}

// sayable are the parts of a rule that the members of a message can say, in the
// order in which they are written.
var sayable = []struct{ name, member string }{
	{"FREQ", "frequency"}, {"INTERVAL", "interval"}, {"COUNT", "count"},
	{"UNTIL", "until"}, {"BYDAY", "byDay"}, {"BYMONTHDAY", "byMonthDay"},
}

// patchRule changes those parts of a rule that a message says otherwise than old
// does, which is the rule as it was shown. Others stay where they are.
func patchRule(rule string, old, want *activity.Object) (string, error) {
	if want.Get("count") != nil && want.Get("until") != nil {
		return "", errors.New("recurrence cannot contain both count and until")
	}
	parts := ruleParts(rule)
	for _, s := range sayable {
		value, _ := want.Lookup(s.member)
		if shape.Equal(value, old.Get(s.member)) {
			continue
		}
		text, err := partValue(s.member, value)
		if err != nil {
			return "", err
		}
		parts = setPart(parts, s.name, text)
	}
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(p.name + "=" + p.value)
	}
	return checkRule(b.String())
}

// setPart gives a part a value, "" removes it. A new one comes at the end.
func setPart(parts []part, name, value string) []part {
	kept := parts[:0]
	for _, p := range parts {
		if strings.EqualFold(p.name, name) {
			if value == "" {
				continue
			}
			p.value, value = value, ""
		}
		kept = append(kept, p)
	}
	if value != "" {
		kept = append(kept, part{name, value})
	}
	return kept
}

// partValue is the text of a part.
func partValue(member string, value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		if member == "until" {
			s, err := readUTC("recurrence.until", v)
			return s.value(), err
		}
		return strings.ToUpper(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case int:
		return strconv.Itoa(v), nil
	case []any:
		texts := make([]string, 0, len(v))
		for _, one := range v {
			text, err := partValue("", one)
			if err != nil {
				return "", err
			}
			texts = append(texts, text)
		}
		return strings.Join(texts, ","), nil
	}
	return "", errors.New("invalid recurrence." + member)
}
