package fetchtest

import (
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/activity/schema"
)

// CheckConfig checks that a platform and its schema for packageConfig are of one
// mind about each of the configs, which says whether it is valid.
func CheckConfig(t *testing.T, document []byte, read func(config string) error, configs map[string]bool) {
	t.Helper()
	s, err := schema.Compile(document)
	if err != nil {
		t.Fatal(err)
	}
	for config, valid := range configs {
		v, err := activity.Parse([]byte(config))
		if err != nil {
			t.Fatal(err)
		}
		if problems := s.Validate(v); (len(problems) == 0) != valid {
			t.Errorf("the schema says of %s: %v", config, problems)
		}
		if err := read(config); (err == nil) != valid {
			t.Errorf("the platform says of %s: %v", config, err)
		}
	}
}
