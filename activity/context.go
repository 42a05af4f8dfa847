package activity

// The two contexts that every activity names, beside its platform's own.
const (
	ContextAS        = "https://www.w3.org/ns/activitystreams"
	ContextSockethub = "https://sockethub.org/ns/context/v1.jsonld"
)

const (
	contextPrefix = "https://sockethub.org/ns/context/platform/"
	contextSuffix = "/v1.jsonld"
)

// Two names that are no platforms, but whose contexts the server itself uses:
// in errors of its own, and in the acknowledgement of credentials over HTTP.
const (
	ErrorPlatform    = "error"
	InternalPlatform = "sockethub:internal"
)

// PlatformContextURL is the context of the platform named id, unless the
// platform's description names another.
func PlatformContextURL(id string) string {
	return contextPrefix + id + contextSuffix
}

// Canonical returns the value of "@context" for a platform's context URL, in
// the order in which the server sends it.
func Canonical(contextURL string) []any {
	return []any{ContextAS, ContextSockethub, contextURL}
}
