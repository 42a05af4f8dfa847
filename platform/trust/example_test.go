package trust_test

import (
	"crypto/tls"
	"fmt"
	"log"

	"github.com/sockethub/sockethub/platform/trust"
)

// A client that keeps one connection for long.
func ExampleConfig() {
	conn, err := tls.Dial("tcp", "irc.example:6697", trust.Config("irc.example"))
	if err != nil {
		log.Fatal(err) // "tls: failed to verify certificate: x509: certificate signed by unknown authority"
	}
	defer conn.Close()
	fmt.Fprint(conn, "CAP LS 302\r\n")
}
