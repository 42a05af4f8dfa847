package sasl_test

import (
	"fmt"

	"github.com/sockethub/sockethub/platform/sasl"
)

// A server without TLS gets a proof and no password.
func ExampleOffer_Choose() {
	offer := sasl.Offer{Mechanisms: []string{"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"}}
	m, err := offer.Choose("mara", "sesame", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	first, _ := m.Next(nil)
	fmt.Println(m.Name())
	fmt.Printf("%.11s…\n", first)
	// Output:
	// SCRAM-SHA-256
	// n,,n=mara,r…
}

// PLAIN says all at once.
func ExampleNewPlain() {
	m, _ := sasl.NewPlain("mara", "Ⅳ sesame")
	first, _ := m.Next(nil)
	fmt.Printf("%q\n", first)
	// Output: "\x00mara\x00IV sesame"
}
