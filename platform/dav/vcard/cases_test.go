package vcard

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/shape"
)

// testdata/cases is what the reference server makes of cards and messages; see
// README.md there. better are the members in which ours is another answer; the
// package's documentation has the reasons.
var better = map[string]string{
	"p06-text-escapes":           `{"title":"C:\\new\\Next"}`,
	"p09-repeated-type-params":   `{"emails":[{"value":"r@cases.test","types":["internet","work"],"preferred":true}],"telephones":[{"value":"+1 555 0100","types":["cell","voice"]}]}`,
	"p08-grouped-properties":     `{"emails":[{"value":"g@cases.test","types":["internet"],"label":"Club"}],"urls":[{"value":"https://g.test/","label":"HomePage"}]}`,
	"p10-bare-types":             `{"telephones":[{"value":"+1 555 0101","types":["home","voice"]},{"value":"+1 555 0102","types":["cell","msg"]}]}`,
	"p12-value-schemes-stripped": `{"urls":[{"value":"mailto:s@cases.test"},{"value":"https://s.test/a,b,c","types":["blog"]}]}`,
	"p13-name-components":        `{"additionalNames":["Luisa","Pilar, Rosa"]}`,
	"p18-photo-uris":             `{"photoUrls":["https://img.test/a.jpg","https://img.test/b.jpg","http://img.test/c.jpg"]}`,
	"p20-photo-data-uri":         `{"photoUrls":null,"hasPhoto":true}`,
	"p25-repeated-singletons":    `{"name":"First"}`,
	"p27-charset-and-qp":         `{"name":"Jörg"}`,
	"p29-quoted-param-semicolon": `{"emails":[{"value":"q@cases.test"}]}`,
	"p30-two-cards":              `{"uid":"p30a","name":"One","vcardVersion":"3.0","emails":[{"value":"one@cases.test"}],"updateSupported":false}`,
	"p33-empty-values":           `{"emails":null,"urls":null}`,
	"x04-version-21":             `{"name":"Old","vcardVersion":"2.1"}`,
	"x06-no-uid":                 `{"uid":"x06-no-uid","name":"No Uid"}`,
	"x07-no-fn":                  `{"name":"N Only"}`,
	"x08-empty-fn":               `{"name":""}`,
}

func TestReadCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/[px]*.expect.json")
	if err != nil || len(files) != 51 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".expect.json")
		t.Run(name, func(t *testing.T) {
			expect := readObject(t, file)
			text := readFile(t, "testdata/cases/"+name+".vcf")
			id := "https://card.cases.test/people/" + name + ".vcf"
			var got *activity.Object
			card, err := Parse(text)
			if err == nil {
				if card.String() != text {
					t.Errorf("written as %q", card.String())
				}
				got = card.Contact(id, `"1"`)
			}
			want := expect.Object("result")
			if ours, ok := better[name]; ok {
				o, err := activity.ParseObject([]byte(ours))
				if err != nil {
					t.Fatal(err)
				}
				want = merged(want, o)
			}
			if want == nil {
				if err == nil || err.Error() != expect.Text("error") {
					t.Errorf("got %s, %v; want the error %q", activity.AppendJSON(nil, got), err, expect.Text("error"))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range want.Len() {
				if name, v := want.Member(i); name != "id" && name != "etag" && !within(v, got.Get(name)) {
					t.Errorf("%s is %s, want %s", name, activity.AppendJSON(nil, got.Get(name)), activity.AppendJSON(nil, v))
				}
			}
			if !got.Get("updateSupported").(bool) {
				return
			}
			// What was read can be sent back: nothing changes.
			back, err := card.Patch(got, id, time.Now())
			if err != nil || back != text {
				t.Errorf("sent back: %v\n%s", err, back)
			}
		})
	}
}

// within reports whether got says all that want does, and as many entries.
func within(want, got any) bool {
	switch w := want.(type) {
	case bool:
		return got == w
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return len(w) == 0 && len(g) == 0
		}
		for i := range w {
			if !within(w[i], g[i]) {
				return false
			}
		}
		return true
	case *activity.Object:
		g, ok := got.(*activity.Object)
		return ok && shape.Covers(w, g)
	}
	return shape.Equal(want, got)
}

func merged(a, b *activity.Object) *activity.Object {
	m := activity.NewObject()
	for _, o := range []*activity.Object{a, b} {
		for i := range o.Len() {
			m.Set(o.Member(i))
		}
	}
	return m
}

// What we write otherwise than the reference, with the reason.
var writtenBetter = map[string]func(string) string{
	"w04-name-lists-joined-then-escaped": strings.NewReplacer(`A\,B\, C`, `A,B\, C`).Replace,
}

// Cards that a message and lines of a stored card make are not among ours: a
// stored card is patched instead. Where there are such lines, the card without
// them is compared.
func TestWriteCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/[wy]*.in.json")
	if err != nil || len(files) != 30 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".in.json")
		t.Run(name, func(t *testing.T) {
			in := readObject(t, file)
			text, _, err := New(in.Object("object"), "4.0")
			if name[0] == 'y' {
				want := readObject(t, "testdata/cases/"+name+".expect.json").Text("error")
				switch name {
				case "y01-uid-slash", "y02-uid-percent", "y04-uid-backslash", "y11-preserved-newline", "y12-preserved-without-colon":
					want = ""
				case "y13-missing-name":
					want = "name must be a string"
				}
				if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
					t.Errorf("got %v, want %q", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := unfold(readFile(t, "testdata/cases/"+name+".expect.vcf"))
			if change := writtenBetter[name]; change != nil {
				want = change(want)
			}
			preserved, _ := in.Get("preserved").([]any)
			for _, line := range preserved {
				want = strings.Replace(want, line.(string)+"\r\n", "", 1)
			}
			if got := unfold(text); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			for line := range strings.SplitSeq(text, "\r\n") {
				if len(line) > 75 {
					t.Errorf("a line of %d bytes", len(line))
				}
			}
		})
	}
}

func unfold(s string) string { return strings.ReplaceAll(s, "\r\n ", "") }

// TestRoundTrip writes one change over odd but valid cards. Every line that it
// does not name stays as it is.
func TestRoundTrip(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/roundtrip/*.edit.json")
	if err != nil || len(files) != 10 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".edit.json")
		t.Run(filepath.Base(name), func(t *testing.T) {
			text := readFile(t, name+".vcf")
			card, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			id := "https://card.cases.test/x.vcf"
			contact := card.Contact(id, "")
			got, err := card.Patch(merged(contact, readObject(t, file).Object("change")), id, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if want := readFile(t, name+".edited.vcf"); withoutRev(got) != withoutRev(want) {
				t.Errorf("got\n%q\nwant\n%q", got, want)
			}
		})
	}
}

func withoutRev(s string) string {
	before, rest, ok := strings.Cut(s, "REV:")
	if !ok {
		return s
	}
	_, after, _ := strings.Cut(rest, "\n")
	return before + after
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func readObject(t *testing.T, name string) *activity.Object {
	t.Helper()
	o, err := activity.ParseObject([]byte(readFile(t, name)))
	if err != nil {
		t.Fatal(name, err)
	}
	return o
}
