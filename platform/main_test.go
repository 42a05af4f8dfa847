package platform

import (
	"os"
	"testing"
)

// TestMain lets the test binary be every worker that the tests start.
func TestMain(m *testing.M) {
	if os.Getenv("SOCKETHUB_TEST_ONLY") == "parrot" { // a program of one platform
		Main(parrotDefinition())
	}
	Main(testDefinitions()...)
	os.Exit(m.Run())
}

// testDefinitions are the platforms that the tests start workers of.
func testDefinitions() []*Definition {
	return append(managedDefinitions(), parrotDefinition(), sandboxProbeDefinition())
}
