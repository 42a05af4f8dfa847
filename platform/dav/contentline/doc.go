// Package contentline reads and writes the lines of calendars and address
// books: iCalendar (RFC 5545, section 3.1), vCard 4.0 (RFC 6350, section 3.3),
// 3.0 (RFC 2426) and 2.1. What nobody changes is written as it was read, byte
// for byte.
//
//	item1.EMAIL;TYPE=WORK,"x;y";PREF=1:ann@exam\r\n
//	 ple.test\r\n
//	└─┬─┘ └─┬─┘ └────────┬──────────┘ └──── value, unfolded: ann@example.test
//	group  name      parameters
//
//	text ── Parse ──► File{Lines}   each Line has its physical bytes and its logical text
//	text ◄─ String ── File          SetValue, SetParam, Remove, Insert: only those lines are new
//
// A physical line ends where the bytes say so; a logical line is one of them
// and its folds, the lines behind it that begin with a blank or a tab. Folds are
// taken out as bytes: one may stand inside a character. A line that is no content
// line (empty, without a colon, without a name) is kept too; its Name is "".
//
// Read line.go first, then file.go (changes), params.go, and the encodings of
// values: text.go and quoted.go.
package contentline
