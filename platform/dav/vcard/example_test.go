package vcard_test

import (
	"fmt"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav/vcard"
)

const rosa = `BEGIN:VCARD
VERSION:3.0
UID:v1
FN:Rosa Díaz
N:Díaz;Rosa;;;
item1.EMAIL;X-OWN=1:rosa@kiln.test
item1.X-ABLabel:_$!<Other>!$_
ORG:Kiln;Glaze
PHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgo=
REV:20260101T000000Z
END:VCARD
`

// What clients see of a stored card, and what a change writes over it.
func Example() {
	card, err := vcard.Parse(rosa)
	if err != nil {
		fmt.Println(err)
		return
	}
	const id = "https://dav.kiln.test/people/v1.vcf"
	contact := card.Contact(id, `"1"`)
	fmt.Println(string(activity.AppendJSON(nil, contact)))
	message, err := activity.ParseObject([]byte(`{"type":"person","uid":"v1","organization":"Kiln, Ltd.","emails":[{"value":"r@kiln.test"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := card.Patch(message, id, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(text)
	// Output:
	// {"id":"https://dav.kiln.test/people/v1.vcf","etag":"\"1\"","type":"person","uid":"v1","name":"Rosa Díaz","familyName":"Díaz","givenName":"Rosa","emails":[{"value":"rosa@kiln.test","label":"Other"}],"organization":"Kiln","organizationUnits":["Glaze"],"hasPhoto":true,"vcardVersion":"3.0","updateSupported":true}
	// BEGIN:VCARD
	// VERSION:3.0
	// UID:v1
	// FN:Rosa Díaz
	// N:Díaz;Rosa;;;
	// item1.EMAIL;X-OWN=1:r@kiln.test
	// item1.X-ABLabel:_$!<Other>!$_
	// ORG:Kiln\, Ltd.;Glaze
	// PHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgo=
	// REV:20260901T000000Z
	// END:VCARD
}
