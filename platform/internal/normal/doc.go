// Package normal brings text into the Unicode normalization forms NFC and NFKC
// (Unicode Standard Annex 15), which names and passwords are compared in:
//
//	"u" U+0308  ── NFC ──►  "ü"
//	"Ⅳ" U+2163  ── NFKC ─►  "IV"
//
// The tables are text, sorted, and searched where they lie: who has only ASCII to
// compare pays nothing for them.
//
//	decompositions.txt  "02163~49 56" (compatibility), "000FC=75 308" (canonical)
//	compositions.txt    "00075 00308 000FC"
//	classes.txt         "00300 00314 230": first, last, canonical combining class
//
// They were made from Unicode 14; later versions only add to them.
package normal
