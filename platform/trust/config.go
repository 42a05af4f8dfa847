package trust

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// Config returns a configuration for a TLS client that talks to serverName, a
// host name or an IP address, and trusts what the system trusts. The caller
// owns it, and must leave InsecureSkipVerify and VerifyConnection as they are:
// together they are the verification.
//
// A failed handshake returns a *tls.CertificateVerificationError, as ever.
func Config(serverName string) *tls.Config {
	return &tls.Config{
		ServerName:         serverName,
		InsecureSkipVerify: true, // VerifyConnection does it, once the chain is known
		VerifyConnection: func(state tls.ConnectionState) error {
			return Verify(state.PeerCertificates, serverName)
		},
	}
}

// Verify verifies a chain as a server presented it, its own certificate first,
// for a name. An error is a *tls.CertificateVerificationError.
func Verify(chain []*x509.Certificate, serverName string) error {
	if len(chain) == 0 {
		return &tls.CertificateVerificationError{Err: errors.New("the server has no certificate")}
	}
	options := x509.VerifyOptions{DNSName: serverName, Intermediates: x509.NewCertPool()}
	for _, c := range chain[1:] {
		options.Intermediates.AddCert(c)
	}
	if err := verify(chain, options); err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: chain, Err: err}
	}
	return nil
}
