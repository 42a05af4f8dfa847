package normal_test

import (
	"testing"

	"github.com/sockethub/sockethub/platform/internal/normal"
)

func TestForms(t *testing.T) {
	tests := []struct{ name, in, nfc, nfkc string }{
		{"nothing to do", "mara", "mara", "mara"},
		{"two marks become one letter", "u\u0308", "ü", "ü"},
		{"a letter that is never composed", "\u0958", "\u0915\u093c", "\u0915\u093c"},
		{"marks in another order", "a\u0301\u0323", "\u1ea1\u0301", "\u1ea1\u0301"},
		{"a mark in between that keeps two apart", "a\u0302\u0301", "ấ", "ấ"},
		{"a Roman numeral", "Ⅳ", "Ⅳ", "IV"},
		{"a ligature", "ﬁne", "ﬁne", "fine"},
		{"full width", "ＡＢ", "ＡＢ", "AB"},
		{"a singleton", "Å", "Å", "Å"},
		{"Hangul", "\u1112\u1161\u11ab", "한", "한"},
		{"Hangul, taken apart and put together", "한글", "한글", "한글"},
		{"a plane above the first", "𝐀", "𝐀", "A"},
		{"the last of a table", "\U0002fa1d", "\U0002a600", "\U0002a600"},
		{"the first of a table", "\u00a0", "\u00a0", " "},
		{"long s with dot above", "ẛ̣", "ẛ̣", "ṩ"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := normal.NFC(tt.in); got != tt.nfc {
				t.Errorf("NFC(%+q) = %+q, want %+q", tt.in, got, tt.nfc)
			}
			if got := normal.NFKC(tt.in); got != tt.nfkc {
				t.Errorf("NFKC(%+q) = %+q, want %+q", tt.in, got, tt.nfkc)
			}
		})
	}
}

// What is in a form stays as it is.
func FuzzStable(f *testing.F) {
	f.Add("Ⅳ pässword")
	f.Add("ẛ̣a\u0301\u0323한")
	f.Fuzz(func(t *testing.T, in string) {
		for _, form := range []func(string) string{normal.NFC, normal.NFKC} {
			once := form(in)
			if again := form(once); again != once {
				t.Errorf("%+q became %+q, and that %+q", in, once, again)
			}
		}
	})
}
