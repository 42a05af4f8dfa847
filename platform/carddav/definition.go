package carddav

import (
	"context"
	_ "embed"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/dav"
)

// The platform's JSON Schemas: the reference's, and what ours takes and sends
// besides.
var (
	//go:embed schemas/credentials.json
	credentialsSchema []byte
	//go:embed schemas/messages.json
	messagesSchema []byte
	//go:embed schemas/responses.json
	responsesSchema []byte
	//go:embed schemas/constraints.json
	constraintsSchema []byte
	//go:embed schemas/config.json
	configSchema []byte
	//go:embed schemas/examples.json
	examples []byte
)

var protocol = &dav.CardDAV

// Definition describes the platform.
func Definition() *platform.Definition {
	return &platform.Definition{
		Name:       "carddav",
		Version:    "1.0.0-alpha.3",
		ContextURL: protocol.ContextURL(),
		Schemas: platform.Schemas{
			Credentials: credentialsSchema, Messages: messagesSchema, Responses: responsesSchema,
			Constraints: constraintsSchema, Config: configSchema, Examples: examples,
		},
		Concurrency: 64,
		Verbs: map[string]platform.Verb{
			"fetch": {Credentials: true, Idempotent: true}, "query": {Credentials: true, Idempotent: true},
			"create": {Credentials: true}, "update": {Credentials: true}, "delete": {Credentials: true},
		},
		New: func(host platform.Host, config []byte) (platform.Platform, error) {
			o, err := dav.ReadConfig(config)
			if err != nil {
				return nil, err
			}
			o.Log, o.Policy, o.MaxResult = host.Log(), platform.PolicyOf(host), platform.MaxResultOf(host)
			client, err := dav.New(o, *protocol)
			if err != nil {
				return nil, err
			}
			return &books{host, client}, nil
		},
	}
}

// books is the platform in its worker.
type books struct {
	host   platform.Host
	client *dav.Client
}

// Stop closes the connections that are kept.
func (p *books) Stop(context.Context) { p.client.Close() }

// job is one message with the session that does it.
type job struct {
	*dav.Session
	message, object *activity.Object // object is nil for none
}

// Do does a job. Beside the error carddav:conflict it returns the contact as it
// is now.
func (p *books) Do(ctx context.Context, j platform.Job) (*activity.Object, error) {
	session, err := p.client.Open(j.Credentials)
	if err != nil {
		return nil, protocol.Failure(p.host.Log(), j.Activity, err)
	}
	do := &job{session, j.Activity, j.Activity.Object("object")}
	var result *activity.Object
	switch j.Activity.Text("type") {
	case "fetch":
		result, err = do.fetch(ctx)
	case "query":
		result, err = do.query(ctx)
	case "create":
		result, err = do.create(ctx)
	case "update":
		result, err = do.update(ctx)
	case "delete":
		result, err = do.delete(ctx)
	}
	if err != nil {
		return result, protocol.Failure(p.host.Log(), j.Activity, err)
	}
	return result, nil
}

// book finds the address book that the message is for.
func (j *job) book(ctx context.Context) (*dav.Collection, error) {
	c, err := j.Find(ctx, j.message.Object("target").Text("id"))
	if err == nil && c == nil {
		err = dav.Fail("invalid-address-book", "")
	}
	return c, err
}
