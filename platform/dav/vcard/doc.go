// Package vcard reads contacts from vCard 4.0 (RFC 6350), 3.0 (RFC 2426) and 2.1
// as clients see them, and writes a client's changes over what is stored: only
// the lines that a message names are new, all others stay byte for byte, and a
// card stays of the version it is.
//
//	BEGIN:VCARD                                     {"type":"person","uid":"v1",
//	VERSION:3.0                                      "name":"Rosa Díaz",
//	UID:v1                               Contact     "emails":[{"value":"rosa@kiln.test","label":"boat"}],
//	FN:Rosa Díaz                        ────────►    "organization":"Kiln","organizationUnits":["Glaze"],
//	item1.EMAIL;X-OWN=1:rosa@kiln.test               "hasPhoto":true,…}
//	item1.X-ABLabel:boat
//	ORG:Kiln;Glaze                       Patch      {"type":"person","uid":"v1",
//	PHOTO;ENCODING=b;TYPE=PNG:iVBORw…   ◄────────    "emails":[{"value":"r@kiln.test","label":"boat"}]}
//	       │
//	       ▼
//	item1.EMAIL;X-OWN=1:r@kiln.test
//
// A message that gives back what Contact gave changes nothing; one that leaves a
// member out leaves its lines. Entries of lists are found again by their value,
// and what an entry does not say (types, preferred, label) stays. REV is refreshed
// where it exists and something changed.
//
// A picture inside the card is only told of: hasPhoto. A card without FN takes its
// name from N, ORG or EMAIL, and is not repaired; one without UID has one made of
// its address. A group is a contact with "kind":"group" and members, whichever of
// the two ways to write it a server knows.
//
// # Better than the reference
//
// These recorded cases of the reference server (testdata/cases) have another
// answer here; cases_test.go has the answers. All others are as recorded, but for
// members that are new. Cards are written as recorded where 4.0 is asked for.
//
//	p06          an escaped backslash before n is a backslash
//	p08          labels are told
//	p09 p10 p29  types of all TYPE parameters; quotes keep a semicolon
//	p12          the URL mailto:… keeps its scheme
//	p13 w04      middle names are a list; an escaped comma belongs to a name
//	p18 p20      photoUrls are http and https; a picture in a data: URI is hasPhoto
//	p25          of several FN the first is the name, the others are translations
//	p27          quoted-printable and character sets are decoded
//	p30          two cards are not one: the first is shown, and cannot be updated
//	p33          an empty address or URL is none
//	x04          vCard 2.1 is read
//	x06 x07 x08  without UID or FN
//	w05 w06      lines have 75 bytes, not 76
//	w11 … w14    lines to keep are those of the stored card (Patch), not of a message
//	y01 y02 y04  a UID may have any letters: the name of the file is made safe instead
//	y13          a missing name is called so
//
// Read card.go first, then contact.go, entry.go, patch.go, patch_entries.go and
// create.go. Values of vCard 2.1 are in encoding.go.
package vcard
