package supervisor

import (
	"os"
	"testing"

	"github.com/sockethub/sockethub/platform"
)

// TestMain lets the test binary be every worker that the tests start.
func TestMain(m *testing.M) {
	if os.Getenv("SOCKETHUB_TEST_ONLY") == "magpie" { // a program of one platform
		platform.Main(magpieDefinition())
	}
	platform.Main(testDefinitions()...)
	os.Exit(m.Run())
}

// testDefinitions are the platforms that the tests start workers of.
func testDefinitions() []*platform.Definition {
	return managedDefinitions()
}
