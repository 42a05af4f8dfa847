// Package sasl proves who a user is (RFC 4422), for the platforms that log in:
// SCRAM (RFC 5802, 7677) with and without channel binding, and PLAIN (RFC 4616).
//
// With SCRAM nobody who listens learns the password, and the server has to prove
// that it knows it too:
//
//	C: n,,n=user,r=rOprNGfwEbeRWgbNEkqO
//	S: r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096
//	C: c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=
//	S: v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=
//
// With -PLUS the proof also covers the TLS connection, so that it is worth
// nothing to who sits in between: "p=tls-exporter,," in place of "n,,", and c= has
// what only the two ends of the connection can compute. A server that says
// nothing of the types of binding that it knows (XEP-0440) is not asked for any:
// some then answer a good proof with a refusal.
//
// An [Offer] is what a server lists; Choose picks the strongest. How messages are
// carried (base64 in XML, lines of 400 characters) is the protocol's own affair.
//
// Read mechanism.go first, then scram.go, binding.go and prep.go.
package sasl
