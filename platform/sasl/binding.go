package sasl

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"hash"
	"slices"
	"strings"
)

// Binding ties a proof to a TLS connection. The zero value ties it to nothing.
type Binding struct {
	Type string // "tls-exporter" (RFC 9266) or "tls-server-end-point" (RFC 5929)
	Data []byte

	// Missed says that we could have bound and the server offers no mechanism
	// with it. The server hears so, and notices who took them off its list.
	Missed bool
}

// header is the gs2-header of RFC 5802, section 7.
func (b Binding) header() string {
	switch {
	case b.Type != "":
		return "p=" + b.Type + ",,"
	case b.Missed:
		return "y,,"
	}
	return "n,,"
}

// binding is the best one that the server lists; of a type that it does not list
// it may have another opinion than we (ejabberd before 24.02 has).
func (o Offer) binding() Binding {
	if o.TLS == nil {
		return Binding{}
	}
	if !slices.ContainsFunc(o.Mechanisms, func(name string) bool { return strings.HasSuffix(name, "-PLUS") }) {
		return Binding{Missed: true}
	}
	if slices.Contains(o.Bindings, "tls-exporter") && o.TLS.Version >= tls.VersionTLS13 {
		data, err := o.TLS.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
		if err == nil {
			return Binding{Type: "tls-exporter", Data: data}
		}
	}
	if slices.Contains(o.Bindings, "tls-server-end-point") && len(o.TLS.PeerCertificates) > 0 {
		if data := endPoint(o.TLS.PeerCertificates[0]); data != nil {
			return Binding{Type: "tls-server-end-point", Data: data}
		}
	}
	return Binding{}
}

// endPoint is the certificate's hash, by the hash of its signature, SHA-256 where
// that is a weaker one (RFC 5929, section 4.1); nil where it has none.
func endPoint(c *x509.Certificate) []byte {
	var h hash.Hash
	switch c.SignatureAlgorithm {
	case x509.SHA384WithRSA, x509.ECDSAWithSHA384, x509.SHA384WithRSAPSS:
		h = sha512.New384()
	case x509.SHA512WithRSA, x509.ECDSAWithSHA512, x509.SHA512WithRSAPSS:
		h = sha512.New()
	case x509.PureEd25519, x509.UnknownSignatureAlgorithm:
		return nil
	default:
		h = sha256.New()
	}
	h.Write(c.Raw)
	return h.Sum(nil)
}
