package metadata

import (
	"strings"
	"testing"

	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

func TestLargestOf(t *testing.T) {
	for srcset, want := range map[string]string{
		"": "", ",": "", "a.jpg": "a.jpg", "a.jpg, b.jpg 2x": "b.jpg", "a.jpg 1x,b.jpg 3x,c.jpg 2x": "b.jpg", " a.jpg 480w , b.jpg 1200w": "b.jpg",
		"a,b.jpg 2w, c.jpg 1w": "a,b.jpg", "data:image/png,x 9x, a.jpg": "a.jpg", "a.jpg wide": "", "a.jpg 100w 50h, b.jpg 200w": "b.jpg",
	} {
		if got := largestOf(srcset); got != want {
			t.Errorf("%q: %q, want %q", srcset, got, want)
		}
	}
	fetchtest.Linear(t, []byte("a 1x,"), func(long []byte) { largestOf(string(long)) })
}

// plainJSON leaves what is JSON what it was, but for control characters.
func FuzzPlainJSON(f *testing.F) {
	for _, seed := range []string{`{"a":"b // c"}`, `[{"a":1,},]`, "/*<![CDATA[*/ {\"a\":\"\\\n\"}; /*]]>*/", `{"a":"\\"}`, "{<!--", "[{},{}]", `{"a":"x`, "{,,,,,,", "{ , , , ]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		fetchtest.Linear(t, in, func(long []byte) { plainJSON(long) })
		fetchtest.Linear(t, []byte(strings.Repeat(" ", 8)+string(in)), func(long []byte) { plainJSON(long) })
		if len(plainJSON(in)) > len(in)+2 {
			t.Errorf("%q became longer", in)
		}
	})
}
