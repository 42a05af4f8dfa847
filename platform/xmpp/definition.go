package xmpp

import (
	_ "embed"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
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

// Definition describes the platform.
func Definition() *platform.Definition {
	return &platform.Definition{
		Name:       "xmpp",
		Version:    "5.0.0-alpha.22",
		ContextURL: activity.PlatformContextURL("xmpp"),
		Schemas: platform.Schemas{
			Credentials: credentialsSchema, Messages: messagesSchema, Responses: responsesSchema,
			Constraints: constraintsSchema, Config: configSchema, Examples: examples,
		},
		Persist: true,
		Verbs: map[string]platform.Verb{
			"connect": {Credentials: true},
			"join":    {}, "leave": {}, "send": {}, "update": {}, "request-friend": {}, "remove-friend": {}, "make-friend": {},
			"query": {}, "disconnect": {},
		},
		New: func(host platform.Host, config []byte) (platform.Platform, error) {
			s, err := readConfig(config)
			if err != nil {
				return nil, err
			}
			return newClient(host, s), nil
		},
	}
}
