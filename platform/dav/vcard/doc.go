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
// Where the answer to a recorded case is another than the reference server's, the
// case and the reason stand in cases_test.go.
//
// Read card.go first, then contact.go, entry.go, patch.go, patch_entries.go and
// create.go. Values of vCard 2.1 are in encoding.go.
package vcard
