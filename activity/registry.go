package activity

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/activity/schema"
)

// Platform is what the registry knows of a platform. Schemas are JSON Schema
// (draft-07) as JSON texts, nil where the platform has none.
type Platform struct {
	ID             string // "irc"
	Package        string // for error texts: "@sockethub/platform-irc", an executable's path; "" means ID
	Version        string
	ContextURL     string
	ContextVersion string // "1" for every platform so far
	SchemaVersion  string // likewise

	Credentials []byte // what the event "credentials" must look like; {} is not nil: such a platform has credentials
	Messages    []byte // what the event "message" must look like
	Responses   []byte // what the platform's results and events look like

	// Constraints is an object with a JSON Schema for some types of message,
	// which such a message must match too: {"create":{"required":["target"]}}.
	// It is never published.
	Constraints []byte
}

// RegisteredPlatform is a platform with its schemas compiled.
type RegisteredPlatform struct {
	Platform

	Types   []string // "credentials" when there is a schema for these, then what Messages allows as "type"
	Context []any    // the canonical "@context"; must not be changed

	CredentialsSchema *schema.Schema // nil without Credentials
	MessageSchema     *schema.Schema
	ResponseSchema    *schema.Schema // nil without Responses

	constraints map[string]*schema.Schema
}

// Constraint returns the schema that messages of a type must match besides
// MessageSchema, nil if there is none.
func (p *RegisteredPlatform) Constraint(messageType string) *schema.Schema {
	return p.constraints[messageType]
}

// Registry is what clients ask for with the event "schemas". It never changes.
type Registry struct {
	platforms   []*RegisteredPlatform
	byURL       map[string]*RegisteredPlatform // nil values: the names that are no platforms
	fingerprint string
	version     string
	published   [][]byte // the entries of the payload, one for each platform
	payload     []byte
	unchanged   []byte
}

// descriptionSchema is what a platform says of itself.
//
//go:embed description.json
var descriptionSchema []byte

// entityTypes are the types that actors and targets may have in the envelope
// that all platforms share.
var entityTypes = map[string][]string{
	"actor":  {"person", "room", "service", "feed", "website", "platform"},
	"target": {"person", "room", "service", "feed", "website", "platform", "address", "calendar", "addressBook"},
}

// NewRegistry checks and compiles descriptions. The order of platforms is the
// order in which clients see them; version is the server's.
func NewRegistry(version string, platforms []Platform) (*Registry, error) {
	if len(platforms) == 0 {
		return nil, errors.New("No platforms defined. Please check your sockethub.config.json") //lint:ignore ST1005 the text that operators know
	}
	description, err := schema.Compile(descriptionSchema)
	if err != nil {
		return nil, err
	}
	r := &Registry{version: version, byURL: map[string]*RegisteredPlatform{
		PlatformContextURL(ErrorPlatform):    nil,
		PlatformContextURL(InternalPlatform): nil,
	}}
	for _, p := range platforms {
		registered, entry, err := register(description, p)
		if err != nil {
			return nil, err
		}
		if r.ByID(p.ID) != nil {
			return nil, fmt.Errorf("two platforms are named %s", p.ID)
		}
		if _, taken := r.byURL[p.ContextURL]; taken {
			return nil, fmt.Errorf("platform %s: context URL %s is another's", p.ID, p.ContextURL)
		}
		r.platforms = append(r.platforms, registered)
		r.byURL[p.ContextURL] = registered
		r.published = append(r.published, AppendJSON(nil, entry))
	}
	r.publish()
	return r, nil
}

// Only returns the registry as a client sees it that may use some platforms. It is
// for showing: it resolves what r resolves.
func (r *Registry) Only(may func(id string) bool) *Registry {
	some := &Registry{version: r.version, byURL: r.byURL}
	for i, p := range r.platforms {
		if may(p.ID) {
			some.platforms = append(some.platforms, p)
			some.published = append(some.published, r.published[i])
		}
	}
	some.publish()
	return some
}

// publish makes the answers to "schemas".
func (r *Registry) publish() {
	head := []Member{{"version", r.version}, {"contexts", NewObject(Member{"as", ContextAS}, Member{"sockethub", ContextSockethub})}}
	sum := sha256.Sum256(r.body(head))
	r.fingerprint = hex.EncodeToString(sum[:8])
	fingerprint := Member{"fingerprint", r.fingerprint}
	r.payload = r.body(slices.Insert(head, 0, fingerprint))
	r.unchanged = AppendJSON(nil, NewObject(fingerprint, Member{"unchanged", true}))
}

// body is the payload with these members in front of the platforms.
func (r *Registry) body(head []Member) []byte {
	text := AppendJSON(nil, NewObject(head...))
	text = append(text[:len(text)-1], `,"platforms":[`...)
	return append(append(text, bytes.Join(r.published, []byte(","))...), "]}"...)
}

// Fingerprint names this content: sixteen hexadecimal digits of the SHA-256 of
// the payload without it.
func (r *Registry) Fingerprint() string { return r.fingerprint }

// Payload is the whole answer to "schemas". It must not be changed.
func (r *Registry) Payload() []byte { return r.payload }

// Unchanged is the answer to a client that sent the fingerprint. It must not be
// changed.
func (r *Registry) Unchanged() []byte { return r.unchanged }

// Platforms returns the platforms in their order. It must not be changed.
func (r *Registry) Platforms() []*RegisteredPlatform { return r.platforms }

// ByID returns the platform of that name, or nil.
func (r *Registry) ByID(id string) *RegisteredPlatform {
	for _, p := range r.platforms {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// Resolve returns the platform that "@context" names: exactly one of its
// strings is a platform's context URL. The text of an error is for clients.
func (r *Registry) Resolve(context []any) (*RegisteredPlatform, error) {
	found := ""
	for _, v := range context {
		url, _ := v.(string)
		if _, ok := r.byURL[url]; !ok {
			continue
		}
		if found != "" {
			return nil, unresolved(context)
		}
		found = url
	}
	if found == "" {
		return nil, unresolved(context)
	}
	p := r.byURL[found]
	if p == nil {
		id := strings.TrimSuffix(strings.TrimPrefix(found, contextPrefix), contextSuffix)
		return nil, fmt.Errorf("platform %s resolved from @context is not enabled in this Sockethub instance.", id) //lint:ignore ST1005 clients read it
	}
	return p, nil
}

func unresolved(context []any) error {
	var candidates []string
	for _, v := range context {
		if url, ok := v.(string); ok && url != ContextAS && url != ContextSockethub {
			candidates = append(candidates, url)
		}
	}
	detail := "No platform @context values were provided."
	switch {
	case len(candidates) == 1:
		detail = "Unregistered platform @context value: " + candidates[0]
	case len(candidates) > 1:
		detail = "Multiple platform @context values were provided: " + strings.Join(candidates, ", ") + "."
	}
	return errors.New("platform context URL not registered with this Sockethub instance. " + detail)
}

// register checks p and returns it compiled, with its entry in the payload.
func register(description *schema.Schema, p Platform) (*RegisteredPlatform, *Object, error) {
	name := p.Package
	if name == "" {
		name = p.ID
	}
	credentials, err := readSchema(p.Credentials)
	if err != nil {
		return nil, nil, fmt.Errorf("%s platform schema failed to validate: /credentials %w", name, err)
	}
	messages, err := readSchema(p.Messages)
	if err != nil {
		return nil, nil, fmt.Errorf("%s platform schema failed to validate: /messages %w", name, err)
	}
	responses, err := readSchema(p.Responses)
	if err != nil {
		return nil, nil, fmt.Errorf("%s platform schema failed to validate: /responses %w", name, err)
	}
	if err := describe(description, p, messages); err != nil {
		return nil, nil, fmt.Errorf("%s platform schema failed to validate: %w", name, err)
	}
	for _, part := range []string{"actor", "target"} {
		if strange := strangeTypes(messages, part); len(strange) > 0 {
			return nil, nil, fmt.Errorf("%s platform schema %s types are not registered in the shared ActivityStreams envelope: %s",
				name, part, strings.Join(strange, ", "))
		}
	}
	registered := &RegisteredPlatform{Platform: p, Context: Canonical(p.ContextURL)}
	if p.Credentials != nil {
		registered.Types = append(registered.Types, "credentials")
	}
	registered.Types = append(registered.Types, typeEnum(messages, "type")...)
	credentials, messages, responses = plain(credentials), plain(messages), plain(responses)
	if err := registered.compile(credentials, messages, responses); err != nil {
		return nil, nil, fmt.Errorf("%s platform schema failed to validate: %w", name, err)
	}
	types := make([]any, len(registered.Types))
	for i, t := range registered.Types {
		types[i] = t
	}
	schemas := NewObject(Member{"credentials", orEmpty(credentials)}, Member{"messages", orEmpty(messages)})
	if responses != nil {
		// The reference keeps these to itself. Clients that do not know them
		// pass over them, and compile the other two alone.
		schemas.Set("responses", responses)
	}
	return registered, NewObject(
		Member{"id", p.ID},
		Member{"version", p.Version},
		Member{"contextUrl", p.ContextURL},
		Member{"contextVersion", p.ContextVersion},
		Member{"schemaVersion", p.SchemaVersion},
		Member{"types", types},
		Member{"schemas", schemas},
	), nil
}

// readSchema reads a schema for publication; nil for none.
func readSchema(text []byte) (any, error) {
	if text == nil {
		return nil, nil
	}
	return Parse(text)
}

func orEmpty(v any) any {
	if v == nil {
		return NewObject()
	}
	return v
}

// describe checks what a platform says of itself against the description's
// schema. The error is that of the first rule broken.
func describe(description *schema.Schema, p Platform, messages any) error {
	o := NewObject(
		Member{"name", p.ID},
		Member{"version", p.Version},
		Member{"contextUrl", p.ContextURL},
		Member{"contextVersion", p.ContextVersion},
		Member{"schemaVersion", p.SchemaVersion},
	)
	if messages != nil {
		o.Set("messages", messages)
	}
	if broken := description.Validate(o); broken != nil {
		return broken[0]
	}
	return nil
}

// strangeTypes returns the types that messages allow in an actor or target and
// the shared envelope does not.
func strangeTypes(messages any, part string) []string {
	return slices.DeleteFunc(typeEnum(messages, part, "type"), func(t string) bool {
		return slices.Contains(entityTypes[part], t)
	})
}

// typeEnum returns the strings among the enum of a property, which path leads to.
func typeEnum(s any, path ...string) []string {
	o, _ := s.(*Object)
	for _, name := range path {
		o = o.Object("properties").Object(name)
	}
	list, _ := o.Get("enum").([]any)
	var types []string
	for _, v := range list {
		if t, ok := v.(string); ok {
			types = append(types, t)
		}
	}
	return types
}

// compile compiles the schemas as they are published: what is for the documents
// alone takes no memory.
func (p *RegisteredPlatform) compile(credentials, messages, responses any) error {
	for _, s := range []struct {
		name   string
		schema any
		to     **schema.Schema
	}{
		{"/credentials", credentials, &p.CredentialsSchema},
		{"/messages", messages, &p.MessageSchema},
		{"/responses", responses, &p.ResponseSchema},
	} {
		if s.schema == nil {
			continue
		}
		compiled, err := CompileSchema(AppendJSON(nil, s.schema))
		if err != nil {
			return fmt.Errorf("%s %w", s.name, err)
		}
		*s.to = compiled
	}
	if p.Constraints == nil {
		return nil
	}
	o, err := ParseObject(p.Constraints)
	if err != nil {
		return fmt.Errorf("/messageConstraints %w", err)
	}
	p.constraints = map[string]*schema.Schema{}
	for i := range o.Len() {
		verb, v := o.Member(i)
		compiled, err := CompileSchema(AppendJSON(nil, v))
		if err != nil {
			return fmt.Errorf("/messageConstraints/%s %w", verb, err)
		}
		p.constraints[verb] = compiled
	}
	return nil
}

// CompileSchema compiles a schema of a platform, with the formats as Sockethub
// checks them (see isDateTime, isEmail, isURI and isIRI).
func CompileSchema(text []byte) (*schema.Schema, error) {
	c := schema.Compiler{Formats: formats()}
	return c.Compile(text)
}
