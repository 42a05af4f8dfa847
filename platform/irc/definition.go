package irc

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
	//go:embed schemas/config.json
	configSchema []byte
	//go:embed schemas/examples.json
	examples []byte
)

// Definition describes the platform.
func Definition() *platform.Definition {
	return &platform.Definition{
		Name:       "irc",
		Version:    "4.0.0-alpha.22",
		ContextURL: activity.PlatformContextURL("irc"),
		Schemas:    platform.Schemas{Credentials: credentialsSchema, Messages: messagesSchema, Responses: responsesSchema, Config: configSchema, Examples: examples},
		Persist:    true,
		// announce is in the schema and not here: the server answers for it.
		Verbs: map[string]platform.Verb{
			"connect": {Credentials: true}, "update": {Credentials: true},
			"join": {}, "leave": {}, "send": {}, "query": {}, "disconnect": {},
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
