// Package trust verifies a server's certificates against the system's roots
// without loading them all.
//
// A process that verifies one server needs one root. crypto/x509 parses each of
// the system's 140: 4.4 MiB and 20 ms in every worker that keeps a connection.
// Here the handshake comes first, and then the system's bundle is read through
// a small buffer, entry by entry; only what the presented chain names as an
// issuer is parsed:
//
//	server ── leaf "irc.example", issued by "R13" ──►
//	       ── "R13", issued by "ISRG Root X1"     ──► Config's VerifyConnection
//	ca-certificates.crt ─ 144 entries ─► those whose subject is "R13" or
//	"ISRG Root X1" ─► x509.CertPool of one ─► Certificate.Verify
//
// Nothing that is not in the bundle can come into the pool, so the answer is
// the one that crypto/x509 gives. Where the bundle lies, and what SSL_CERT_FILE
// and SSL_CERT_DIR mean, is as there too. On other systems than Linux the
// system's own verifier is asked.
//
// Read config.go first, then roots_linux.go.
package trust
