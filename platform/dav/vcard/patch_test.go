package vcard

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
)

var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// card puts lines into a card of a version.
func card(version, lines string) string {
	return "BEGIN:VCARD\nVERSION:" + version + "\nUID:u\nFN:Old\n" + lines + "END:VCARD\n"
}

func edit(t *testing.T, text, message string) (string, error) {
	t.Helper()
	o, err := activity.ParseObject([]byte(message))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if o.Get("uid") == nil {
		o.Set("uid", "u")
	}
	o.Set("type", "person")
	return c.Patch(o, "https://dav.test/u.vcf", now)
}

func TestPatch(t *testing.T) {
	tests := []struct {
		name, version, lines, message, want string
	}{
		{"nothing", "3.0", "NOTE:x\n", `{"name":"Old","note":"x"}`, "NOTE:x\n"},
		{"removed", "3.0", "NOTE:x\nNOTE:y\nORG:a;b\nTITLE:t\n", `{"note":"","organization":null,"organizationUnits":[],"title":null}`, ""},
		{"REV as it was written", "3.0", "REV:2026-01-01T00:00:00Z\nNOTE:x\n", `{"note":"y"}`, "REV:2026-11-30T12:00:00Z\nNOTE:y\n"},
		{"short REV", "4.0", "REV:20260101T000000Z\n", `{"note":"y"}`, "REV:20261130T120000Z\nNOTE:y\n"},
		{"a part of N", "4.0", "N;SORT-AS=\"a\":A\\,B;C;D,E;;\n", `{"givenName":"X","additionalNames":["D","E","F, G"]}`, "N;SORT-AS=\"a\":A\\,B;X;D,E,F\\, G;;\n"},
		{"N where there was none", "3.0", "", `{"familyName":"A;B"}`, "N:A\\;B;;;;\n"},
		{"a company keeps its units", "3.0", "ORG;X=1:Kiln;Glaze;Blue\n", `{"organization":"Kiln, Ltd."}`, "ORG;X=1:Kiln\\, Ltd.;Glaze;Blue\n"},
		{"units", "3.0", "ORG:Kiln;Glaze\n", `{"organizationUnits":["Red","x;y"]}`, "ORG:Kiln;Red;x\\;y\n"},
		{"nicknames are a list", "4.0", "NICKNAME:Rob,Bob\n", `{"nickname":"Rob,Bobby"}`, "NICKNAME:Rob,Bobby\n"},
		{"other types", "3.0", "TEL;X=1;TYPE=home;TYPE=voice:1\n", `{"telephones":[{"value":"1","types":["work"]}]}`, "TEL;X=1;TYPE=work:1\n"},
		{"types in any order", "3.0", "TEL;TYPE=home,voice:1\n", `{"telephones":[{"value":"1","types":["voice","HOME"]}]}`, "TEL;TYPE=home,voice:1\n"},
		{"preferred, 4.0", "4.0", "TEL;TYPE=home;PREF=2:1\n", `{"telephones":[{"value":"1","preferred":true}]}`, "TEL;TYPE=home;PREF=1:1\n"},
		{"preferred, 3.0", "3.0", "TEL;TYPE=home:1\n", `{"telephones":[{"value":"1","preferred":true}]}`, "TEL;TYPE=home,pref:1\n"},
		{"types, 2.1", "2.1", "TEL;HOME:1\n", `{"telephones":[{"value":"1","types":["work","voice"],"preferred":true}]}`, "TEL;WORK;VOICE;PREF:1\n"},
		{"a URI stays one", "4.0", "TEL;VALUE=uri;TYPE=home:tel:+1;ext=5\n", `{"telephones":[{"value":"+2;ext=6","types":["home"]}]}`, "TEL;VALUE=uri;TYPE=home:tel:+2;ext=6\n"},
		{"another entry", "3.0", "EMAIL;TYPE=home;X-OWN=1:a@k.test\n", `{"emails":[{"value":"b@k.test","types":["work"]}]}`, "EMAIL;TYPE=work:b@k.test\n"},
		{"a label is changed", "3.0", "a.EMAIL:a@k.test\na.X-ABLabel:_$!<Other>!$_\n", `{"emails":[{"value":"a@k.test","label":"boat"}]}`, "a.EMAIL:a@k.test\na.X-ABLabel:boat\n"},
		{"a label is removed", "3.0", "a.EMAIL:a@k.test\na.X-ABLabel:x\n", `{"emails":[{"value":"a@k.test","label":""}]}`, "a.EMAIL:a@k.test\n"},
		{"a label is new", "3.0", "item1.TEL:1\nEMAIL;TYPE=home:a@k.test\n", `{"emails":[{"value":"a@k.test","label":"boat"},{"value":"b@k.test","label":"car"}]}`,
			"item1.TEL:1\nitem2.EMAIL;TYPE=home:a@k.test\nitem2.X-ABLabel:boat\nitem3.EMAIL:b@k.test\nitem3.X-ABLabel:car\n"},
		{"what an address has of its own goes with it", "3.0", "a.ADR:;;x;;;;\na.X-ABADR:de\na.X-ABLabel:y\nb.TEL:1\n", `{"addresses":[]}`, "b.TEL:1\n"},
		{"a group with something else stays", "3.0", "a.ADR:;;x;;;;\na.TEL:1\na.X-ABLabel:y\n", `{"addresses":[]}`, "a.TEL:1\na.X-ABLabel:y\n"},
		{"an address", "4.0", "ADR;TYPE=home;GEO=\"geo:1,2\":;;x;Town;;1;Land;more\n", `{"addresses":[{"types":["home"],"street":"y, z","locality":"Town"}]}`,
			"ADR;TYPE=home;GEO=\"geo:1,2\":;;y\\, z;Town;;;;more\n"},
		{"photos on the web, one inside", "3.0", "PHOTO;ENCODING=b:AAAA\nPHOTO;VALUE=uri:https://k.test/1\n", `{"photoUrls":[],"hasPhoto":true}`, "PHOTO;ENCODING=b:AAAA\n"},
		{"categories", "3.0", "CATEGORIES:a\\,b,c\n", `{"categories":["c","d"]}`, "CATEGORIES:c,d\n"},
		{"a group, 3.0", "3.0", "X-ADDRESSBOOKSERVER-KIND:group\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:2\n", `{"members":["urn:uuid:2","urn:uuid:3","urn:uuid:4"]}`,
			"X-ADDRESSBOOKSERVER-KIND:group\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:3\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:2\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:4\n"},
		{"becomes a group, 3.0", "3.0", "", `{"kind":"group","members":["urn:uuid:1"]}`, "X-ADDRESSBOOKSERVER-KIND:group\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1\n"},
		{"becomes a group, 4.0", "4.0", "", `{"kind":"group","members":["urn:uuid:1"]}`, "KIND:group\nMEMBER:urn:uuid:1\n"},
		{"dates", "3.0", "BDAY;X=1:1990-02-03\n", `{"birthday":"--0203","anniversary":"2010-01-01"}`, "BDAY;X=1:--0203\nX-ANNIVERSARY:2010-01-01\n"},
		{"messengers", "3.0", "IMPP;X-SERVICE-TYPE=Jabber:xmpp:a@k.test\n", `{"impps":[{"value":"xmpp:b@k.test"}]}`, "IMPP;X-SERVICE-TYPE=Jabber:xmpp:b@k.test\n"},
		{"2.1 in another character set", "2.1", "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:Stra=DFe\n", `{"note":"Straße 1\n世"}`,
			"NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Stra=C3=9Fe 1=0D=0A=E4=B8=96\n"},
		{"2.1 becomes quoted", "2.1", "NOTE:x\n", `{"note":"ä"}`, "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=C3=A4\n"},
		{"2.1 in ASCII", "2.1", "NOTE:x\n", `{"note":"a, b; c"}`, "NOTE:a, b\\; c\n"},
		{"2.1, a part of what is quoted", "2.1", "ADR;QUOTED-PRINTABLE:;;Stra=DFe=3B 1;Town\n", `{"addresses":[{"street":"Straße; 1","locality":"City"}]}`,
			"ADR;QUOTED-PRINTABLE:;;Stra=DFe=3B 1;City\n"},
		{"2.1, in its own character set", "2.1", "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:Stra=DFe\n", `{"note":"Gäßchen"}`,
			"NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:G=E4=DFchen\n"},
		{"2.1, one of two names", "2.1", "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=84rger;Otto\n", `{"givenName":"Ota"}`,
			"N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=84rger;Ota\n"},
		{"a card inside is not this one", "2.1", "AGENT:\nBEGIN:VCARD\nVERSION:2.1\nNOTE:inner\nEND:VCARD\nNOTE:outer\n", `{"note":"x"}`,
			"AGENT:\nBEGIN:VCARD\nVERSION:2.1\nNOTE:inner\nEND:VCARD\nNOTE:x\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := edit(t, card(tt.version, tt.lines), tt.message)
			if want := card(tt.version, tt.want); err != nil || got != want {
				t.Errorf("%v\ngot\n%swant\n%s", err, got, want)
			}
		})
	}
}

func TestPatchRefused(t *testing.T) {
	tests := []struct{ name, text, message, want string }{
		{"another uid", card("3.0", ""), `{"uid":"v"}`, ErrUIDMismatch.Error()},
		{"two cards", card("3.0", "") + card("3.0", ""), `{"note":"x"}`, ErrUnsupportedUpdate.Error()},
		{"a type with a line break", card("3.0", "TEL:1\n"), `{"telephones":[{"value":"1","types":["a\nb"]}]}`, "invalid vCard type parameter"},
		{"no list", card("3.0", ""), `{"emails":"a@k.test"}`, "invalid emails"},
		{"no list of objects", card("3.0", ""), `{"emails":["a@k.test"]}`, "invalid emails"},
		{"a birthday with a line break", card("3.0", ""), `{"birthday":"1990\nX:1"}`, "invalid vCard birthday"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := edit(t, tt.text, tt.message); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %q\n%s", err, tt.want, got)
			}
		})
	}
}

// A card without UID is known by its address, for reading and for an update.
func TestUIDOfAddress(t *testing.T) {
	text := strings.Replace(card("3.0", ""), "UID:u\n", "", 1)
	c, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"https://dav.test/people/a%20b.vcf":                          "a b",
		"https://dav.test/people/x":                                  "x",
		"https://dav.test/" + strings.Repeat("%C3%A4", 200) + ".vcf": strings.Repeat("ä", 127),
	} {
		if got := c.UID(id); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
		message := activity.NewObject(activity.Member{Name: "uid", Value: want}, activity.Member{Name: "type", Value: "person"}, activity.Member{Name: "note", Value: "x"})
		if got, err := c.Patch(message, id, now); err != nil || strings.Contains(got, "UID") {
			t.Errorf("%v\n%s", err, got)
		}
	}
}

func TestNewVersion3(t *testing.T) {
	o, err := activity.ParseObject([]byte(`{"type":"person","uid":"n","name":"Nina","familyName":"New","emails":[{"value":"n@k.test","types":["home"],"preferred":true}],` +
		`"kind":"group","members":["urn:uuid:1"],"anniversary":"2010-01-01","organizationUnits":["Glaze"],"categories":["a","b,c"]}`))
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := New(o, "3.0")
	const want = "BEGIN:VCARD\nVERSION:3.0\nPRODID:-//Sockethub//CardDAV//EN\nUID:n\nFN:Nina\nN:New;;;;\nEMAIL;TYPE=home,pref:n@k.test\nORG:;Glaze\n" +
		"X-ANNIVERSARY:2010-01-01\nX-ADDRESSBOOKSERVER-KIND:group\nCATEGORIES:a,b\\,c\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1\nEND:VCARD\n"
	if got = strings.ReplaceAll(got, "\r\n", "\n"); err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
	o.Delete("uid")
	if _, uid, err := New(o, "3.0"); err != nil || len(uid) != 36 {
		t.Error(uid, err)
	}
}

func TestLimits(t *testing.T) {
	if _, err := Parse(card("3.0", strings.Repeat("X:1\n", 10000))); err == nil {
		t.Error("read more lines than the limit")
	}
	if _, err := Parse(strings.Repeat("BEGIN:VCARD\n", 9000)); !errors.Is(err, ErrUnterminated) {
		t.Error(err)
	}
}
