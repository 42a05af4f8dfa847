package vcard

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/contentline"
)

// What is read is written back; what clients see can be sent back and changes
// nothing; a change is what clients see then, and nothing else is.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/cases/*.vcf")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	more, err := filepath.Glob("testdata/cases/roundtrip/*.vcf")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, more...) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	const id = "https://dav.test/x.vcf"
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		if c.String() != text {
			t.Fatalf("%q was written as %q", text, c.String())
		}
		contact := c.Contact(id, "")
		if contact.Get("updateSupported") != true {
			return
		}
		back, err := activity.ParseObject(activity.AppendJSON(nil, contact))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Patch(back, id, now); err != nil || got != text {
			t.Fatalf("%q sent back: %v %q", text, err, got)
		}
		const note, street = "a; b, c\\\näö", "x;y"
		back.Set("note", note)
		back.Set("addresses", []any{activity.NewObject(activity.Member{Name: "street", Value: street})})
		got, err := c.Patch(back, id, now)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, err := Parse(got)
		if errors.Is(err, contentline.ErrTooManyLines) {
			return
		}
		if err != nil {
			t.Fatalf("%q became %q: %v", text, got, err)
		}
		changed := again.Contact(id, "")
		if changed.Text("note") != note {
			t.Fatalf("%q became %q", text, got)
		}
		if list, _ := changed.Get("addresses").([]any); len(list) != 1 || list[0].(*activity.Object).Text("street") != street {
			t.Fatalf("%q became %q", text, got)
		}
		for i := range contact.Len() {
			if name, v := contact.Member(i); name != "note" && name != "addresses" && string(activity.AppendJSON(nil, v)) != string(activity.AppendJSON(nil, changed.Get(name))) {
				t.Fatalf("%q became %q: another %s", text, got, name)
			}
		}
	})
}

// A message of any shape makes a card that can be read, or an error.
func FuzzNew(f *testing.F) {
	f.Add(`{"uid":"u","name":"x","emails":[{"value":"a@b.test","types":["work"],"preferred":true,"label":"boat"}],"nickname":"a,b"}`, "3.0")
	f.Add(`{"name":"x\ny","addresses":[{"street":"a;b"}],"kind":"group","members":["urn:uuid:1"],"photoUrls":["https://k.test/"],"organizationUnits":["a"]}`, "4.0")
	f.Fuzz(func(t *testing.T, message, version string) {
		o, err := activity.ParseObject([]byte(message))
		if err != nil || version != "3.0" && version != "4.0" {
			return
		}
		text, uid, err := New(o, version)
		if err != nil {
			return
		}
		c, err := Parse(text)
		if err != nil {
			t.Fatalf("%s became %q: %v", message, text, err)
		}
		contact := c.Contact("https://dav.test/x.vcf", "")
		if uid = contentline.Clean(uid); uid != "" && contact.Text("uid") != uid {
			t.Fatalf("%s became %q: uid %q", message, text, uid)
		}
		if got, err := c.Patch(activity.NewObject(activity.Member{Name: "type", Value: "person"}, activity.Member{Name: "uid", Value: contact.Get("uid")}), "https://dav.test/x.vcf", now); err != nil || got != text {
			t.Fatalf("%q sent back: %v %q", text, err, got)
		}
	})
}
