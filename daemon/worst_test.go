package daemon

import (
	"testing"

	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/httpactions"
	"github.com/sockethub/sockethub/queue"
)

// With the defaults, the clients of one address make the server hold less than
// 64 MiB, and the documentation has the numbers that the packages have.
func TestWorstOfAddress(t *testing.T) {
	const most = 64 << 20
	table, err := config.New(BuiltIn(definitions())...)
	if err != nil {
		t.Fatal(err)
	}
	sum := int64(0)
	for _, w := range table.Default().WorstOfAddress() {
		if w.Bytes <= 0 {
			t.Errorf("%s has no bound", w.What)
		}
		sum += w.Bytes
	}
	if sum >= most {
		t.Errorf("an address can make the server hold %d bytes, want less than %d", sum, most)
	}
	if config.CredentialsBytes != queue.MaxAddressCredentials || config.ReplayBytes != queue.MaxAddressReplay || config.ActionBodies != httpactions.MaxBodies {
		t.Error("the documentation has other limits than the packages")
	}
	if perClient != 2+6 || config.RequestBytes < config.MaxHeaderBytes+4<<10 {
		t.Error("the documentation counts other connections than the listeners")
	}
}
