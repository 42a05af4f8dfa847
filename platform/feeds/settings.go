package feeds

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/webfetch"
)

// maxTimeout is the longest connectTimeoutMs.
const maxTimeout = 10 * time.Minute

// readConfig reads packageConfig:
//
//	{"connectTimeoutMs":5000}
//
// which is for a whole fetch, and what all have that fetch, see
// [webfetch.Options.Set].
func readConfig(config []byte) (webfetch.Options, error) {
	o := webfetch.Options{Timeout: webfetch.DefaultTimeout}
	c, err := activity.ParseObject(config)
	if err != nil {
		return o, fmt.Errorf("packageConfig: %w", err)
	}
	for i := range c.Len() {
		name, value := c.Member(i)
		if name == "connectTimeoutMs" {
			ms, ok := value.(float64)
			if !ok || ms < 1 || ms > float64(maxTimeout.Milliseconds()) || ms != math.Trunc(ms) {
				return o, errors.New("packageConfig: connectTimeoutMs must be a whole number of milliseconds from 1 to 600000")
			}
			o.Timeout = time.Duration(ms) * time.Millisecond
			continue
		}
		switch known, ok := o.Set(name, value); {
		case !known:
			return o, fmt.Errorf("packageConfig: %q is no key of this platform", name)
		case !ok:
			return o, fmt.Errorf("packageConfig: %s has a wrong value", name)
		}
	}
	return o, nil
}
