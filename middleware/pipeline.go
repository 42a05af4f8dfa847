package middleware

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/activity/schema"
)

// Pipeline normalises and validates what clients send, for one registry. It
// never changes: any number of goroutines may use it.
type Pipeline struct {
	registry      *activity.Registry
	envelope      *schema.Schema
	before, after []Hook
}

// Accepted is an activity that may go to its platform.
type Accepted struct {
	Platform *activity.RegisteredPlatform

	// Activity is the activity with its references expanded. It is the value
	// that came in when nothing had to be expanded, else a new object that
	// shares its unchanged parts.
	Activity *activity.Object

	ActorID string // Activity's actor.id
	Type    string // Activity's type

	// Legacy is set when the activity named its platform as clients did before
	// contexts: "context":"irc" and no "@context". What answers it must have
	// both (see Stamp).
	Legacy bool
}

// envelopeSchema is what all activities have in common, whatever the platform.
//
//go:embed envelope.json
var envelopeSchema []byte

// New returns a pipeline for the platforms of reg, with the hooks of a program
// that embeds the server.
func New(reg *activity.Registry, hooks ...Hook) *Pipeline {
	envelope, err := activity.CompileSchema(envelopeSchema)
	if err != nil {
		panic("middleware: the envelope's schema: " + err.Error()) // part of the binary
	}
	p := &Pipeline{registry: reg, envelope: envelope}
	for _, h := range hooks {
		if h.Before {
			p.before = append(p.before, h)
		} else {
			p.after = append(p.after, h)
		}
	}
	return p
}

// Registry returns the registry the pipeline was made for.
func (p *Pipeline) Registry() *activity.Registry { return p.registry }

// Message normalises and validates the payload of an event "message", without
// any hooks: what activity.Parse returned. The text of an error is for the
// client, at most MaxErrorText bytes.
func (p *Pipeline) Message(v any) (*Accepted, error) {
	a, err := p.accept(v, nil, (*Pipeline).checkMessage)
	return a, bounded(err)
}

// Credentials is Message for an event "credentials".
func (p *Pipeline) Credentials(v any) (*Accepted, error) {
	a, err := p.accept(v, nil, (*Pipeline).checkCredentials)
	return a, bounded(err)
}

func (p *Pipeline) accept(v any, known *Objects, check func(*Pipeline, *Accepted) error) (*Accepted, error) {
	o, legacy, err := p.normalise(v, known)
	if err != nil {
		return nil, err
	}
	context, _ := o.Get("@context").([]any)
	platform, err := p.registry.Resolve(context)
	if err != nil {
		return nil, err
	}
	a := &Accepted{
		Platform: platform,
		Activity: o,
		ActorID:  o.Object("actor").Text("id"),
		Type:     o.Text("type"),
		Legacy:   legacy,
	}
	if err := check(p, a); err != nil {
		return nil, err
	}
	return a, nil
}

func (p *Pipeline) checkMessage(a *Accepted) error {
	if err := p.check(a, a.Platform.MessageSchema); err != nil {
		return err
	}
	if !slices.Contains(a.Platform.Types, a.Type) {
		return fmt.Errorf("platform type %s not supported by %s platform. (types: %s)",
			a.Type, a.Platform.ID, strings.Join(a.Platform.Types, ", "))
	}
	return p.checkSchema(a, a.Platform.Constraint(a.Type))
}

func (p *Pipeline) checkCredentials(a *Accepted) error {
	if a.Type != "credentials" {
		return errors.New("credential activity streams must have credentials set as type")
	}
	return p.check(a, a.Platform.CredentialsSchema)
}

// check validates against the envelope and then the platform's schema.
func (p *Pipeline) check(a *Accepted, platform *schema.Schema) error {
	if err := p.checkSchema(a, p.envelope); err != nil {
		return err
	}
	return p.checkSchema(a, platform)
}

func (p *Pipeline) checkSchema(a *Accepted, s *schema.Schema) error {
	if s == nil {
		return nil
	}
	broken := s.Validate(a.Activity)
	if broken == nil {
		return nil
	}
	return errors.New("[" + a.Platform.ID + "] " + describe(a.Activity, broken))
}
