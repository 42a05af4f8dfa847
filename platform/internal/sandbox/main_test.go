package sandbox_test

import (
	"os"
	"testing"

	"github.com/sockethub/sockethub/platform"
)

// TestMain lets the test binary be the workers that the tests start.
func TestMain(m *testing.M) {
	platform.Main(sandboxProbeDefinition())
	os.Exit(m.Run())
}
