package metadata

import (
	"fmt"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/webfetch"
)

// settings is packageConfig:
//
//	{"compatUserAgent":"…","fxTwitter":false,"reddit":false}
//
// and what all have that fetch, see [webfetch.Options.Set]. fxTwitter and reddit
// let third parties be asked about addresses of X and of Reddit; compatUserAgent
// is what Reddit is told then, when it is not userAgent.
type settings struct {
	fetching          webfetch.Options
	compatUserAgent   string
	fxTwitter, reddit bool
}

func readSettings(config []byte) (settings, error) {
	s := settings{fetching: webfetch.Options{UserAgent: userAgent}}
	c, err := activity.ParseObject(config)
	if err != nil {
		return s, fmt.Errorf("packageConfig: %w", err)
	}
	for i := range c.Len() {
		name, value := c.Member(i)
		known, ok := true, false
		switch name {
		case "compatUserAgent":
			s.compatUserAgent, ok = webfetch.Agent(value)
		case "fxTwitter":
			s.fxTwitter, ok = value.(bool)
		case "reddit":
			s.reddit, ok = value.(bool)
		default:
			known, ok = s.fetching.Set(name, value)
		}
		if !known {
			return s, fmt.Errorf("packageConfig: %q is no key of this platform", name)
		}
		if !ok {
			return s, fmt.Errorf("packageConfig: %s has a wrong value", name)
		}
	}
	return s, nil
}
