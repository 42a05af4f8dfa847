package xml

import "errors"

// ErrStreamEnd reports that the other side closed the stream: </stream:stream>.
var ErrStreamEnd = errors.New("the stream was closed")

// StreamError is a stream that is broken. Condition is what the other side is
// told before the stream is closed: a stream error of RFC 6120, section 4.9.3.
type StreamError struct {
	Condition string // "not-well-formed", "restricted-xml", "policy-violation", …
	Reason    string // of ours: nothing in it comes from the stream
}

func (e *StreamError) Error() string { return e.Condition + ": " + e.Reason }

func notWellFormed(reason string) error { return &StreamError{"not-well-formed", reason} }
func restricted(reason string) error    { return &StreamError{"restricted-xml", reason} }
func tooLarge(reason string) error      { return &StreamError{"policy-violation", reason} }
