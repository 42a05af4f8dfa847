package browser

import (
	"math"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/gateway/web"
	"github.com/sockethub/sockethub/testdata/peer"
)

// The page for operators, fed with numbers that move.
func TestStatusPage(t *testing.T) {
	t.Parallel()
	var step atomic.Int64
	opened := time.Now()
	started := opened.Add(-200 * time.Minute)
	healthy := func() web.Status {
		wave := math.Sin(float64(step.Add(1))/9) + 1
		// Counters follow the clock, as the page looks at how fast they rise.
		elapsed := time.Since(opened).Seconds()
		answers := elapsed*900 + 60*math.Sin(3*elapsed)
		return web.Status{
			Version: "1.2.3", Started: started, Connections: 421, Sessions: 433, Redis: "up", Restarts: 2,
			Events: uint64(answers * 1.02), Answers: uint64(answers), AnswerTime: time.Duration(uint64(answers)) * 4 * time.Millisecond,
			Waiting: int(3 * wave), Running: int(20 + 9*wave),
			Instances: []web.StatusInstance{
				{Platform: "dummy", Name: "for all", State: "ready", PID: 1, Sessions: 0, Running: 3},
				{Platform: "irc", Name: "mara@irc.example.net", State: "connected", PID: 1, Sessions: 2},
				{Platform: "irc", Name: "otto@irc.example.net", State: "idle", Sessions: 1, Waiting: 4},
			},
		}
	}
	serve := func(read func() web.Status) string {
		page := web.NewStatusPage(read)
		page.Interval = 20 * time.Millisecond
		server := httptest.NewServer(page)
		t.Cleanup(func() {
			page.Close()
			server.Close()
		})
		return server.URL + "/status"
	}
	unready := serve(func() web.Status { return web.Status{NotReady: "store: connection refused", Redis: "down"} })
	runScript(t, "status.mjs", chromium(t), "SITE="+serve(healthy), "UNREADY="+unready)
}

// The same page at the admin address of the real server.
func TestStatusOfServer(t *testing.T) {
	t.Parallel()
	runScript(t, "operate.mjs", chromium(t), "BINARY="+*binary, "REDIS_SERVER="+peer.Program(t, "redis-server"))
}
