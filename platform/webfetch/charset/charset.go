package charset

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"sync"
)

// Encoding is one of the Standard's. It may be used by any number of goroutines.
type Encoding struct {
	name   string
	append func(dst, src []byte) []byte
	growth int // by how many bytes two that are not ASCII grow
}

// Name is the encoding's name in lower case, as "windows-1252".
func (e *Encoding) Name() string { return e.name }

// Decode returns src in UTF-8. A byte order mark is a character like others. The
// text may share src's memory where it is in UTF-8 already.
func (e *Encoding) Decode(src []byte) []byte {
	if e.name == "utf-8" {
		return validUTF8(src)
	}
	// What is not ASCII takes half as much again in most encodings, or twice as much.
	return e.append(make([]byte, 0, len(src)+nonASCII(src)*e.growth/2), src)
}

// nonASCII counts the bytes from 0x80 on.
func nonASCII(b []byte) (n int) {
	for ; len(b) >= 8; b = b[8:] {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(b) & 0x8080808080808080)
	}
	for _, c := range b {
		n += int(c >> 7)
	}
	return n
}

// Lookup returns the encoding that a label names (section 4.2, "get an
// encoding"); nil for what is none. Only letters and digits count, so that labels
// are also known as people misspell them: "UTF 8", "Latin-9".
func Lookup(label string) *Encoding { return byLabel()[plain(label)] }

// maxLabel is more letters and digits than any label has.
const maxLabel = 40

// plain is what counts of a label; "" for what is none.
func plain(label string) string {
	var b [maxLabel]byte
	n := 0
	for i := range len(label) {
		c := label[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case c >= 0x80:
			return ""
		default:
			continue
		}
		if n == maxLabel {
			return ""
		}
		b[n] = c
		n++
	}
	return string(b[:n])
}

// byLabel are all encodings by what counts of their labels.
var byLabel = sync.OnceValue(func() map[string]*Encoding {
	m := make(map[string]*Encoding, 256)
	for line := range strings.Lines(labels) {
		e := &Encoding{}
		for label := range strings.FieldsSeq(line) {
			if e.name == "" {
				e.name = label
				e.append, e.growth = decoder(label), 1
				if upperHalf(label) != "" {
					e.growth = 2
				}
			}
			m[plain(label)] = e
		}
	}
	for line := range strings.Lines(others) {
		name, rest, _ := strings.Cut(line, " ")
		for label := range strings.FieldsSeq(rest) {
			m[plain(label)] = m[plain(name)]
		}
	}
	return m
})

// decoder is what decodes an encoding, by its name.
func decoder(name string) func(dst, src []byte) []byte {
	switch name {
	case "utf-8":
		return appendUTF8
	case "utf-16le":
		return utf16LE
	case "utf-16be":
		return utf16BE
	case "gbk", "gb18030":
		return multibyte(gb18030, indexGB18030)
	case "big5":
		return multibyte(big5, indexBig5)
	case "euc-kr":
		return multibyte(eucKR, indexEUCKR)
	case "euc-jp":
		return multibyte(eucJP, indexJIS0208)
	case "shift_jis":
		return multibyte(shiftJIS, indexJIS0208)
	case "iso-2022-jp":
		return iso2022JP
	case "replacement":
		return replacement
	}
	return singleByte(name)
}

// replacement is for encodings with which a page could be made to mean one thing
// to a filter and another one to its reader (section 14.1): all of it is one
// error.
func replacement(dst, src []byte) []byte {
	if len(src) == 0 {
		return dst
	}
	return append(dst, "\uFFFD"...)
}
