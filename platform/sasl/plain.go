package sasl

// Plain is PLAIN (RFC 4616): NUL name NUL password. Who reads it has the password.
type Plain struct {
	message []byte
	said    bool
}

// NewPlain prepares name and password as RFC 4013 wants it.
func NewPlain(user, password string) (*Plain, error) {
	user, password, err := prepBoth(user, password)
	if err != nil {
		return nil, err
	}
	return NewRawPlain("", user, password), nil
}

// NewRawPlain sends its words as they are. authorize is whom the user wants to
// act as, "" for himself.
func NewRawPlain(authorize, user, password string) *Plain {
	return &Plain{message: []byte(authorize + "\x00" + user + "\x00" + password)}
}

func (p *Plain) Name() string { return "PLAIN" }

func (p *Plain) Next([]byte) ([]byte, error) {
	if p.said {
		return nil, ErrPass
	}
	p.said = true
	return p.message, nil
}

// Proved implements [Mechanism]: nothing is asked of the server.
func (p *Plain) Proved() bool { return true }
