package sandbox

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"unsafe"

	"github.com/sockethub/sockethub/platform/trust"
)

// shutIn gives up all rights that the process does not need but those to calls,
// which filterCalls is for.
func shutIn(o *ShimOrder, on threads) error {
	if err := setLimit(syscall.RLIMIT_FSIZE, 0); err != nil {
		return fmt.Errorf("limit the size of files: %w", err)
	}
	const setNoNewPrivs = 38 // PR_SET_NO_NEW_PRIVS
	if errno := on.call(syscall.SYS_PRCTL, setNoNewPrivs, 1, 0); errno != 0 {
		return fmt.Errorf("set no_new_privs: %w", errno)
	}
	if abi := LandlockABI(); abi > 0 {
		if err := restrict(abi, o.Ports, fileRules(o.Program, bool(on)), on); err != nil {
			return fmt.Errorf("landlock: %w", err)
		}
	}
	if err := dropCapabilities(on); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	return nil
}

// filterCalls leaves the process the system calls of a list.
func filterCalls(program func() []syscall.SockFilter) error {
	if !HasSeccomp() {
		return nil
	}
	if err := allowCalls(program()); err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	return nil
}

// dropCapabilities gives up all that root may do beside using its files. With
// no_new_privs nothing brings them back.
func dropCapabilities(on threads) error {
	header := struct {
		version uint32
		pid     int32
	}{version: 0x20080522} // _LINUX_CAPABILITY_VERSION_3
	// Asked first: who has none may be forbidden to give them up, as by systemd.
	var have, none [2]struct{ effective, permitted, inheritable uint32 }
	if _, _, errno := syscall.RawSyscall(syscall.SYS_CAPGET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&have)), 0); errno == 0 && have == none {
		return nil
	}
	if errno := on.call(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none)), 0); errno != 0 {
		return errno
	}
	return nil
}

// Missing tells in words what of the sandbox this kernel lacks.
func Missing() []string {
	var missing []string
	abi := LandlockABI()
	if abi < 1 {
		missing = append(missing, "files and execution are not restricted: no landlock (Linux 5.13)")
	}
	for _, part := range []struct {
		abi  int
		text string
	}{
		{3, "truncating files is not restricted (Linux 6.2)"},
		{4, "TCP ports are not restricted (Linux 6.7)"},
		{5, "device control is not restricted (Linux 6.10)"},
		{6, "signals and abstract UNIX sockets are not restricted (Linux 6.12)"},
	} {
		if abi >= 1 && abi < part.abi {
			missing = append(missing, part.text)
		}
	}
	if !HasSeccomp() {
		missing = append(missing, "system calls are not restricted: no seccomp filter for this system")
	}
	return missing
}

// readable is what every worker may read. Folders include all that is in them.
var readable = []string{
	"/etc/hosts", "/etc/host.conf", "/etc/gai.conf", "/etc/nsswitch.conf", "/etc/services", "/etc/protocols",
	"/etc/localtime", "/usr/share/zoneinfo",
}

// systemFolders are what an external executable may read and execute besides
// itself: interpreters, their libraries, and the programs that scripts call.
var systemFolders = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"}

// libraryFolders are what a program of ours reads when it is linked to
// libraries, as race-tested builds are.
var libraryFolders = []string{"/lib", "/lib64", "/usr/lib", "/usr/lib64"}

// fileRules are the files that a worker may use; program is "" for ours, which
// stays in its process or is executed once more.
func fileRules(program string, stays bool) []fileRule {
	rules := []fileRule{{path: "/dev/null", rights: readFile | writeFile}}
	for _, path := range readable {
		rules = append(rules, fileRule{path, readFile | readDir})
	}
	for _, path := range trust.Paths() {
		rules = append(rules, fileRule{path, readFile | readDir})
	}
	rules = append(rules, resolverRules("/etc/resolv.conf")...)
	if program != "" {
		rules = append(rules, fileRule{program, readFile | execute}, fileRule{"/etc/ld.so.cache", readFile})
		for _, path := range []string{"/dev/zero", "/dev/random", "/dev/urandom"} {
			rules = append(rules, fileRule{path, readFile})
		}
		for _, path := range systemFolders {
			rules = append(rules, fileRule{path, readFile | readDir | execute})
		}
		return rules
	}
	if stays {
		return rules
	}
	rules = append(rules, fileRule{OwnProgram(), readFile | execute})
	if loader := LoaderOf(OwnProgram()); loader != "" {
		rules = append(rules, fileRule{loader, readFile | execute}, fileRule{"/etc/ld.so.cache", readFile})
		for _, path := range libraryFolders {
			rules = append(rules, fileRule{path, readFile | readDir})
		}
	}
	return rules
}

// resolverRules allows the file and, when it is a link out of its folder, the
// folder that it leads to: services that manage it there replace it.
func resolverRules(path string) []fileRule {
	rules := []fileRule{{path, readFile}}
	if target, err := filepath.EvalSymlinks(path); err == nil && filepath.Dir(target) != filepath.Dir(path) {
		rules = append(rules, fileRule{filepath.Dir(target), readFile})
	}
	return rules
}

// LoaderOf returns the program that loads an ELF file with its libraries, ""
// for a static one.
func LoaderOf(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	var header [64]byte
	if _, err := io.ReadFull(f, header[:]); err != nil || string(header[:4]) != "\x7fELF" {
		return ""
	}
	var order binary.ByteOrder = binary.LittleEndian
	if header[5] == 2 {
		order = binary.BigEndian
	}
	// Where the table of segments is, how long each entry and how many; then
	// where in an entry its position and size are (elf(5)).
	wide := header[4] == 2
	var table int64
	var entry, count, position, size int
	if wide {
		table, entry, count = int64(order.Uint64(header[0x20:])), int(order.Uint16(header[0x36:])), int(order.Uint16(header[0x38:]))
		position, size = 0x08, 0x20
	} else {
		table, entry, count = int64(order.Uint32(header[0x1c:])), int(order.Uint16(header[0x2a:])), int(order.Uint16(header[0x2c:]))
		position, size = 0x04, 0x10
	}
	number := func(b []byte) int64 {
		if wide {
			return int64(order.Uint64(b))
		}
		return int64(order.Uint32(b))
	}
	const interpreter = 3 // PT_INTERP
	for i := range count {
		segment := make([]byte, max(entry, 0x28))
		if _, err := f.ReadAt(segment[:entry], table+int64(i*entry)); err != nil {
			return ""
		}
		if order.Uint32(segment) != interpreter {
			continue
		}
		name := make([]byte, min(max(number(segment[size:]), 1), 4096))
		if _, err := f.ReadAt(name, number(segment[position:])); err != nil {
			return ""
		}
		return string(name[:len(name)-1]) // it ends with a NUL
	}
	return ""
}
