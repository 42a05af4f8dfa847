package redis_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/sockethub/sockethub/queue/redis"
)

// Servers of different users that /proc hides from each other, as the unit of this
// project has it, let each other live; the death of one is seen all the same.
func TestHiddenNodeIsNotDead(t *testing.T) {
	if os.Getuid() != 0 || exec.Command("unshare", "-m", "mount", "-t", "proc", "-o", "hidepid=invisible", "proc", "/proc").Run() != nil {
		t.Skip("no right to mount /proc anew")
	}
	r := startRedis(t)
	os.Chmod(r.dir, 0o755)
	os.Chmod(r.socket, 0o777)
	one := hiddenNode(t, r, 10001, "ready")
	t.Setenv(nodeReads, "running")
	// Repeated to this server, the request is answered with 409: it runs elsewhere.
	hiddenNode(t, r, 10002, "running")
	nodes := func() int { return int(r.do("SCARD", redis.PrefixOf(nodeSecret)+"nodes").(int64)) }
	signs := r.keys()
	signs = slices.DeleteFunc(signs, func(k string) bool { return !strings.HasSuffix(k, ":alive") })
	slices.Sort(signs)
	if len(signs) != 2 || nodes() != 2 {
		t.Fatalf("%d nodes with the signs of life %q, want two", nodes(), signs)
	}
	// Whoever takes a node for dead writes its own token there.
	before := fmt.Sprint(r.do("GET", signs[0]), r.do("GET", signs[1]))
	commands := func() string { return string(r.do("INFO", "commandstats").([]byte)) }
	eventually(t, "they have looked after each other", func() bool { return callsOf(commands(), "smembers") > 20 })
	if now := fmt.Sprint(r.do("GET", signs[0]), r.do("GET", signs[1])); now != before || nodes() != 2 {
		t.Errorf("a node that cannot be seen was taken for dead: %d nodes", nodes())
	}
	one.Process.Signal(syscall.SIGKILL)
	one.Wait()
	eventually(t, "the dead one is settled", func() bool { return nodes() == 1 })
}

// callsOf is how often a command was called, by INFO commandstats.
func callsOf(stats, command string) (n int) {
	_, rest, _ := strings.Cut(stats, "cmdstat_"+command+":calls=")
	fmt.Sscan(rest, &n)
	return n
}

// hiddenNode starts a server as a user from whom /proc hides all others.
func hiddenNode(t *testing.T, r *server, uid int, says string) *exec.Cmd {
	t.Helper()
	binary := filepath.Join(r.dir, fmt.Sprint("node", uid))
	if err := os.Link(os.Args[0], binary); err != nil {
		data, err := os.ReadFile(os.Args[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(binary, data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	os.Chmod(binary, 0o755)
	script := fmt.Sprintf(`mount -t proc -o hidepid=invisible proc /proc && exec setpriv --reuid %d --regid %d --clear-groups %s -test.run='^$'`, uid, uid, binary)
	cmd, line := startProgram(t, r, "unshare", "-m", "sh", "-c", script)
	if line != says+"\n" {
		t.Fatalf("the node said %q, want %q", line, says)
	}
	return cmd
}
