package platform

import (
	"os"
	"testing"
)

// TestMain lets the test binary be the workers that the tests start.
func TestMain(m *testing.M) {
	Main(parrotDefinition())
	os.Exit(m.Run())
}
