package config

import "runtime/debug"

// Version is the server's own version, a pre-release until all seven platforms
// are in. The release script checks that the tag says the same.
const Version = "6.0.0-alpha.1"

// Revision is the commit that the program was built from, with "+changes" when
// the work tree was not clean; "" when the build did not record it.
func Revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	var revision, changes string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changes = "+changes"
		}
	}
	if revision == "" {
		return ""
	}
	return revision + changes
}
