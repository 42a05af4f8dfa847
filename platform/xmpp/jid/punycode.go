package jid

import (
	"math"
	"strings"
	"unicode/utf8"
)

// Parameters of Punycode for domains (RFC 3492, section 5).
const (
	base, tmin, tmax   = 36, 1, 26
	skew, damp         = 38, 700
	firstBias, firstAt = 72, 0x80
)

// encode is a label's text in Punycode, without xn--.
func encode(label string) string {
	var out []byte
	runes := []rune(label)
	for _, r := range runes {
		if r < utf8.RuneSelf {
			out = append(out, byte(r))
		}
	}
	plain := len(out)
	if plain > 0 {
		out = append(out, '-')
	}
	at, delta, bias := rune(firstAt), 0, firstBias
	for done := plain; done < len(runes); {
		next := rune(math.MaxInt32)
		for _, r := range runes {
			if r >= at && r < next {
				next = r
			}
		}
		delta += int(next-at) * (done + 1)
		at = next
		for _, r := range runes {
			switch {
			case r < at:
				delta++
			case r == at:
				out = appendNumber(out, delta, bias)
				bias = adapt(delta, done+1, done == plain)
				delta = 0
				done++
			}
		}
		delta++
		at++
	}
	return string(out)
}

// appendNumber writes a number of variable length (RFC 3492, section 3.3).
func appendNumber(out []byte, n, bias int) []byte {
	for k := base; ; k += base {
		t := threshold(k, bias)
		if n < t {
			return append(out, digits[n])
		}
		out = append(out, digits[t+(n-t)%(base-t)])
		n = (n - t) / (base - t)
	}
}

const digits = "abcdefghijklmnopqrstuvwxyz0123456789"

// decode is the text of a label in Punycode.
func decode(coded string) (string, bool) {
	if len(coded) > maxLabel || !isASCII(coded) {
		return "", false
	}
	var runes []rune
	if i := strings.LastIndexByte(coded, '-'); i >= 0 {
		runes = []rune(coded[:i])
		coded = coded[i+1:]
	}
	at, i, bias := firstAt, 0, firstBias
	for coded != "" {
		before, weight := i, 1
		for k := base; ; k += base {
			if coded == "" {
				return "", false
			}
			digit := strings.IndexByte(digits, coded[0])
			coded = coded[1:]
			if digit < 0 || digit > (math.MaxInt32-i)/weight {
				return "", false
			}
			i += digit * weight
			t := threshold(k, bias)
			if digit < t {
				break
			}
			if weight > math.MaxInt32/(base-t) {
				return "", false
			}
			weight *= base - t
		}
		n := len(runes) + 1
		bias = adapt(i-before, n, before == 0)
		at += i / n
		i %= n
		if at > utf8.MaxRune || !utf8.ValidRune(rune(at)) {
			return "", false
		}
		runes = append(runes[:i], append([]rune{rune(at)}, runes[i:]...)...)
		i++
	}
	return string(runes), true
}

func threshold(k, bias int) int { return min(max(k-bias, tmin), tmax) }

// adapt is the bias for the next number (RFC 3492, section 6.1).
func adapt(delta, n int, first bool) int {
	if first {
		delta /= damp
	} else {
		delta /= 2
	}
	delta += delta / n
	k := 0
	for ; delta > (base-tmin)*tmax/2; k += base {
		delta /= base - tmin
	}
	return k + (base-tmin+1)*delta/(delta+skew)
}
