package redis

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// process says who holds a node; it is the value of the key `alive`.
//
//	{"token":"9f…","host":"web1","boot":"4d…","namespace":"pid:[4026531836]","pid":812,"start":"90311"}
//
// A process of the same boot, in the same namespace of process ids, can be looked
// up: when it is gone, nobody has to wait until the key has expired. That it
// cannot be seen does not mean that it is gone: see ended.
type process struct {
	Token     string `json:"token"` // random: no two processes have the same
	Host      string `json:"host"`
	Boot      string `json:"boot"`      // "" where the system does not say
	Namespace string `json:"namespace"` // of process ids: containers have their own
	PID       int    `json:"pid"`
	Start     string `json:"start"` // distinguishes it from a later process of the same id
}

// procfs is where Linux describes processes; other systems have nothing there.
const procfs = "/proc"

func thisProcess() process {
	host, _ := os.Hostname()
	boot, _ := os.ReadFile(filepath.Join(procfs, "sys/kernel/random/boot_id"))
	namespace, _ := os.Readlink(filepath.Join(procfs, "self/ns/pid"))
	start, _ := startOf(os.Getpid())
	return process{
		Token:     randomName(),
		Host:      host,
		Boot:      strings.TrimSpace(string(boot)),
		Namespace: namespace,
		PID:       os.Getpid(),
		Start:     start,
	}
}

// text is the process as the key holds it.
func (p process) text() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic("redis: " + err.Error()) // strings and a number
	}
	return string(b)
}

// gone reports whether the process that wrote text has certainly ended: false
// where this process cannot know.
func (p process) gone(text string) bool {
	var other process
	if json.Unmarshal([]byte(text), &other) != nil || p.Boot == "" || p.Namespace == "" || p.Start == "" {
		return false
	}
	if other.Host != p.Host || other.Boot != p.Boot || other.Namespace != p.Namespace || other.PID <= 0 {
		return false
	}
	start, running := startOf(other.PID)
	if start == "" {
		return ended(other.PID)
	}
	return !running || start != other.Start
}

// ended reports whether no process has an id. It asks the kernel, which knows also
// those that /proc hides from this user (proc(5), hidepid): as ProtectProc=invisible
// does in the unit of this server, whose neighbour runs as another user.
func ended(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer p.Release()
	return errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// startOf returns when a process started, in the kernel's ticks, "" if it cannot
// be seen, and whether it runs. A process that nobody has waited for yet does not.
func startOf(pid int) (start string, running bool) {
	b, err := os.ReadFile(filepath.Join(procfs, strconv.Itoa(pid), "stat"))
	if err != nil {
		return "", false
	}
	// proc(5): pid (comm) state …, and comm may hold anything but ends with the
	// last parenthesis. The start time is field 22, the state field 3.
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(fields) < 20 {
		return "", false
	}
	return fields[19], fields[0] != "Z" && fields[0] != "X"
}

func randomName() string {
	var b [12]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// nodeKeys are the names of a node's keys.
type nodeKeys struct{ active, alive, waiting string } // waiting: before the instance

func (s *store) keysOf(node string) nodeKeys {
	return nodeKeys{
		active:  s.prefix + node + ":active",
		alive:   s.prefix + node + ":alive",
		waiting: s.prefix + node + ":waiting:",
	}
}

// formerNode is a name that this process had before, and the keys under it that
// may still be there.
type formerNode struct {
	name string
	keys []string
}

// rename gives the node a new name. Others may have taken the old one for dead
// and removed what was under it, so nothing may be written there again. s.mu is
// held, and the link of the jobs is down.
func (s *store) rename() {
	if s.node != "" {
		s.former = append(s.former, formerNode{s.node, s.nodesKeys()})
	}
	s.node = randomName()
	s.keys = s.keysOf(s.node)
	clear(s.lists)
	// What was sealed for a list is bound to the old name.
	for e := range s.ledger.Entries() {
		e.Sealed = nil
	}
}

// nodesKeys are the keys that may exist under the node's name. s.mu is held.
func (s *store) nodesKeys() []string {
	keys := []string{s.keys.active, s.keys.alive}
	for instance := range s.lists {
		keys = append(keys, s.keys.waiting+instance)
	}
	return keys
}

// allKeys are those of former names too. s.mu is held.
func (s *store) allKeys() []string {
	keys := s.nodesKeys()
	for _, f := range s.former {
		keys = append(keys, f.keys...)
	}
	return keys
}

// names are the names that this process has and had. s.mu is held.
func (s *store) names() []string {
	names := []string{s.node}
	for _, f := range s.former {
		names = append(names, f.name)
	}
	return names
}

// name is the node's name now.
func (s *store) name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.node
}
