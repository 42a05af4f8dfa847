package normal

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// NFC composes what is canonically the same into one form.
func NFC(s string) string { return normalize(s, false) }

// NFKC also replaces characters by what they are compatible with: ligatures,
// full-width letters, Roman numerals.
func NFKC(s string) string { return normalize(s, true) }

func normalize(s string, compatible bool) string {
	if isASCII(s) {
		return s
	}
	var runes []rune
	for _, r := range s {
		runes = appendDecomposed(runes, r, compatible)
	}
	reorder(runes)
	return string(compose(runes))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Hangul syllables are computed (The Unicode Standard, section 3.12).
const (
	hangulBase, hangulL, hangulV, hangulT = 0xAC00, 0x1100, 0x1161, 0x11A7
	countL, countV, countT                = 19, 21, 28
	countSyllables                        = countL * countV * countT
)

func appendDecomposed(runes []rune, r rune, compatible bool) []rune {
	switch {
	case r < 0xA0:
		return append(runes, r)
	case r >= hangulBase && r < hangulBase+countSyllables:
		n := r - hangulBase
		runes = append(runes, hangulL+n/(countV*countT), hangulV+n%(countV*countT)/countT)
		if t := n % countT; t != 0 {
			runes = append(runes, hangulT+t)
		}
		return runes
	}
	text, ok := "", false
	if compatible {
		text, ok = find(decompositions, key(r)+"~")
	}
	if !ok {
		text, ok = find(decompositions, key(r)+"=")
	}
	if !ok {
		return append(runes, r)
	}
	for word := range strings.FieldsSeq(text) {
		runes = append(runes, number(word))
	}
	return runes
}

// reorder sorts runs of combining characters by their class (D108).
func reorder(runes []rune) {
	for from := 0; from < len(runes); {
		if class(runes[from]) == 0 {
			from++
			continue
		}
		to := from
		for to < len(runes) && class(runes[to]) != 0 {
			to++
		}
		slices.SortStableFunc(runes[from:to], func(a, b rune) int { return class(a) - class(b) })
		from = to
	}
}

// compose puts together what has a composed form (D117).
func compose(runes []rune) []rune {
	out := runes[:0]
	starter, last := -1, 0 // index of the last starter in out; class of what came last behind it
	for _, r := range runes {
		c := class(r)
		if starter >= 0 && (len(out) == starter+1 || last < c) {
			if whole, ok := composed(out[starter], r); ok {
				out[starter] = whole
				continue
			}
		}
		if c == 0 {
			starter = len(out)
		}
		last = c
		out = append(out, r)
	}
	return out
}

func composed(a, b rune) (rune, bool) {
	switch {
	case a >= hangulL && a < hangulL+countL && b >= hangulV && b < hangulV+countV:
		return hangulBase + ((a-hangulL)*countV+b-hangulV)*countT, true
	case a >= hangulBase && a < hangulBase+countSyllables && (a-hangulBase)%countT == 0 && b > hangulT && b < hangulT+countT:
		return a + b - hangulT, true
	}
	text, ok := find(compositions, key(a)+" "+key(b)+" ")
	return number(text), ok
}

// class is the canonical combining class.
func class(r rune) int {
	if r < 0x300 {
		return 0
	}
	line := lineBefore(classes, key(r)+"\xff")
	if len(line) < len("00300 00314 ") || number(line[6:11]) < r {
		return 0
	}
	n, _ := strconv.Atoi(line[12:])
	return n
}

var (
	//go:embed decompositions.txt
	decompositions string
	//go:embed compositions.txt
	compositions string
	//go:embed classes.txt
	classes string
)

// key is a rune as the tables begin their lines: they sort as numbers do.
func key(r rune) string {
	text := strings.ToUpper(strconv.FormatInt(int64(r), 16))
	return "00000"[:max(0, 5-len(text))] + text
}

func number(hex string) rune {
	n, _ := strconv.ParseInt(hex, 16, 32)
	return rune(n)
}

// find returns the rest of the line of a table that begins with prefix.
func find(table, prefix string) (string, bool) {
	return strings.CutPrefix(lineBefore(table, prefix+"\xff"), prefix)
}

// lineBefore is the last line of a table that sorts before text.
func lineBefore(table, text string) string {
	low, high := 0, len(table) // both are beginnings of lines, or the end
	for low < high {
		middle := low + strings.LastIndexByte(table[low:low+(high-low)/2], '\n') + 1
		end := middle + strings.IndexByte(table[middle:], '\n') + 1
		if table[middle:end-1] < text {
			low = end
		} else {
			high = middle
		}
	}
	if low == 0 {
		return ""
	}
	from := strings.LastIndexByte(table[:low-1], '\n') + 1
	return table[from : low-1]
}
