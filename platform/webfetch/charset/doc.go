// Package charset decodes text in the encodings of the web into UTF-8, as the
// Encoding Standard (encoding.spec.whatwg.org) has browsers do it:
//
//	Lookup("Latin1")  ──► windows-1252      228 labels, 40 encodings
//	Lookup("gb2312")  ──► gbk
//
//	gbk        C4 E3 41 BA  ──Decode──► "你A\uFFFD"
//	shift_jis  93 FA 81 5C  ──Decode──► "日―"
//
// Nothing fails: bytes that mean nothing become U+FFFD, one for each sequence
// that the Standard calls an error, and an ASCII byte is never swallowed by a
// broken sequence before it.
//
// # Tables
//
// The encodings of one byte a character are tables of the 128 characters from
// 0x80 on, in single_tables.go. The large ones share six indexes (section 5 of
// the Standard), which are lists of characters by pointer; the pointer is
// reckoned from two or three bytes. tables.bin holds them one after another,
// and testdata/encodings/make.cjs makes it:
//
//	uvarint   bytes of what follows for this index
//	deflate (RFC 1951) of:
//	    uvarint   how many pointers there are
//	    uvarint   for each pointer: 0 for no character, else 1 + zigzag(c - expected)
//
// expected is the character after the last one, 0 at first, so that what stands
// in the order of Unicode is a row of ones. An index is inflated when it is
// needed for the first time.
//
// Read charset.go first, then twobyte.go.
package charset
