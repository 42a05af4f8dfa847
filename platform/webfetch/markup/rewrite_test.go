package markup

import (
	"strings"
	"testing"
)

func TestRewrite(t *testing.T) {
	upper := func(element, attribute, value string) (string, bool) {
		return strings.ToUpper(value) + "'\"&", element == "a" && attribute == "href"
	}
	for in, want := range map[string]string{
		`<a href="x">y</a> <b href="x">`:                 `<a href="X&#39;&quot;&amp;">y</a> <b href="x">`,
		`<A class=c HREF='a&amp;b' id=d>`:                `<A class=c HREF='A&amp;B&#39;&quot;&amp;' id=d>`,
		`<a href=x><a href = x >`:                        `<a href="X&#39;&quot;&amp;"><a href = "X&#39;&quot;&amp;" >`,
		`<a href=""><a href><a href="x`:                  `<a href=""><a href><a href="x`,
		`<script><a href="x"></script><!--<a href=x>-->`: `<script><a href="x"></script><!--<a href=x>-->`,
		``: ``,
	} {
		if got := string(Rewrite([]byte(in), upper)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", in, got, want)
		}
	}
}

// Where nothing is changed nothing changes.
func FuzzRewrite(f *testing.F) {
	f.Add([]byte(`<a href="x" b=c d>e</a><script><p></script>`))
	f.Fuzz(func(t *testing.T, page []byte) {
		same := Rewrite(page, func(string, string, string) (string, bool) { return "", false })
		if string(same) != string(page) {
			t.Errorf("%q became %q", page, same)
		}
	})
}
