//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/sockethub/sockethub/platform/internal/sandbox"
)

// attempts are what a hostile worker tries. Each is refused to a platform of ours
// and to an external executable, unless a reason says why it is accepted.
var attempts = []struct {
	name          string
	try           func(dir string, server int) error
	own, external string // why it is accepted; "" where it is not
	abi           int    // of landlock, without which it is not refused; 0: any kernel with seccomp
}{
	{"limit the server's processor time", limitServer(syscall.RLIMIT_CPU), "", "", 0},
	{"limit the server's descriptors", limitServer(syscall.RLIMIT_NOFILE), "", "", 0},
	{"change the server's priority", func(_ string, server int) error {
		return raw(syscall.SYS_SETPRIORITY, 0, uintptr(server), 0)
	}, "", "", 0},
	{"bind the server to a processor", func(_ string, server int) error {
		mask := [16]uint64{3}
		return raw(syscall.SYS_SCHED_SETAFFINITY, uintptr(server), unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
	}, "", "", 0},
	{"change the server's scheduling", func(_ string, server int) error {
		var priority int32
		return raw(syscall.SYS_SCHED_SETSCHEDULER, uintptr(server), 0, uintptr(unsafe.Pointer(&priority)))
	}, "", "", 0},
	{"change the server's use of disks", func(_ string, server int) error {
		return raw(syscall.SYS_IOPRIO_SET, 1, uintptr(server), 2<<13)
	}, "", "", 0},
	{"join the server's group", func(_ string, server int) error {
		group, _, errno := syscall.RawSyscall(syscall.SYS_GETPGID, uintptr(server), 0, 0)
		if errno != 0 {
			group = 0
		}
		return raw(syscall.SYS_SETPGID, 0, group, 0)
	}, "", "", 0},
	{"leave the session", func(string, int) error { return raw(syscall.SYS_SETSID, 0, 0, 0) }, "", "", 0},
	{"signal the server", func(_ string, server int) error { return raw(syscall.SYS_KILL, uintptr(server), 0, 0) }, "", "", 6},
	{"signal everybody", func(string, int) error { return raw(syscall.SYS_KILL, ^uintptr(0), 0, 0) }, "", "those in its own sandbox, as its children are", 6},
	{"signal the server by a handle", func(_ string, server int) error {
		const pidfdOpen, pidfdSendSignal = 434, 424
		handle, _, errno := syscall.RawSyscall(pidfdOpen, uintptr(server), 0, 0)
		if errno != 0 {
			return errno
		}
		defer syscall.Close(int(handle))
		return raw(pidfdSendSignal, handle, 0, 0)
	}, "", "", 0},
	{"read the server's memory", func(_ string, server int) error { return open(process(server, "mem"), syscall.O_RDONLY) }, "", "", 1},
	{"write the server's memory", func(_ string, server int) error {
		return raw(vmWrite, uintptr(server), 0, 0)
	}, "", "", 0},
	{"read the server's environment", func(_ string, server int) error { return open(process(server, "environ"), syscall.O_RDONLY) }, "", "", 1},
	{"read the server's command line", func(_ string, server int) error { return open(process(server, "cmdline"), syscall.O_RDONLY) }, "", "", 1},
	{"see what the server has open", func(_ string, server int) error { return open(process(server, "fd"), syscall.O_RDONLY) }, "", "", 1},
	{"go where the server is", func(_ string, server int) error { return syscall.Chdir(process(server, "cwd")) }, "", "", 1},
	{"trace the server", func(_ string, server int) error { return raw(syscall.SYS_PTRACE, 16, uintptr(server), 0) }, "", "", 0},
	{"outlive the server", func(string, int) error { return raw(syscall.SYS_PRCTL, 1, 0, 0) }, "", "", 0},
	{"fork", fork(0), "", "scripts start programs; what they start is in the worker's group", 0},
	{"fork into namespaces", fork(syscall.CLONE_NEWUSER), "", "", 0},
	{"execute a program", func(string, int) error {
		name, _ := syscall.BytePtrFromString("/nonexistent")
		if err := raw(syscall.SYS_EXECVE, uintptr(unsafe.Pointer(name)), 0, 0); err != syscall.ENOENT && err != syscall.EACCES {
			return err
		}
		return nil
	}, "", "scripts are executed by programs under /usr", 0},
	{"change a file's mode", func(dir string, _ int) error { return os.Chmod(filepath.Join(dir, "file"), 0o666) }, "", "", 0},
	{"change a file's owner", func(dir string, _ int) error {
		return os.Chown(filepath.Join(dir, "file"), os.Getuid(), os.Getgid())
	}, "", "", 0},
	{"change a file's times", func(dir string, _ int) error {
		return syscall.UtimesNano(filepath.Join(dir, "file"), []syscall.Timespec{{}, {}})
	}, "", "", 0},
	{"change a file's attributes", func(dir string, _ int) error {
		return syscall.Setxattr(filepath.Join(dir, "file"), "user.x", []byte("1"), 0)
	}, "", "", 0},
	{"remove a file's attributes", func(dir string, _ int) error { return syscall.Removexattr(filepath.Join(dir, "file"), "user.x") }, "", "", 0},
	{"read a file's attributes", func(dir string, _ int) error {
		_, err := syscall.Getxattr(filepath.Join(dir, "file"), "user.kept", make([]byte, 9))
		return err
	}, "", "", 0},
	{"read a file", func(dir string, _ int) error { return open(filepath.Join(dir, "file"), syscall.O_RDONLY) }, "", "", 1},
	{"write a file", func(dir string, _ int) error { return open(filepath.Join(dir, "file"), syscall.O_WRONLY) }, "", "", 1},
	{"create a file", func(dir string, _ int) error {
		return open(filepath.Join(dir, "new"), syscall.O_CREAT|syscall.O_WRONLY)
	}, "", "", 1},
	{"truncate a file", func(dir string, _ int) error { return os.Truncate(filepath.Join(dir, "file"), 0) }, "", "", 0},
	{"remove a file", func(dir string, _ int) error { return syscall.Unlink(filepath.Join(dir, "file")) }, "", "", 0},
	{"rename a file", func(dir string, _ int) error {
		return os.Rename(filepath.Join(dir, "file"), filepath.Join(dir, "other"))
	}, "", "", 0},
	{"link a file", func(dir string, _ int) error { return os.Link(filepath.Join(dir, "file"), filepath.Join(dir, "link")) }, "", "", 0},
	{"make a symbolic link", func(dir string, _ int) error { return os.Symlink("/", filepath.Join(dir, "link")) }, "", "", 0},
	{"make a folder", func(dir string, _ int) error { return os.Mkdir(filepath.Join(dir, "folder"), 0o755) }, "", "", 0},
	{"make a pipe with a name", func(dir string, _ int) error { return syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644) }, "", "", 0},
	{"make a device", func(dir string, _ int) error {
		return syscall.Mknod(filepath.Join(dir, "device"), syscall.S_IFCHR|0o600, 1<<8|1)
	}, "", "", 0},
	{"change a folder's mode", func(dir string, _ int) error { return os.Chmod(dir, 0o777) }, "", "", 0},
	{"watch a folder", func(string, int) error {
		fd, err := syscall.InotifyInit1(0)
		return closing(fd, err)
	}, "", "", 0},
	{"see that a file exists", func(dir string, _ int) error {
		_, err := os.Stat(filepath.Join(dir, "file"))
		return err
	}, "landlock knows no right for it", "landlock knows no right for it", 0},
	{"datagrams through a pair of sockets", pair(syscall.SOCK_DGRAM), "", "", 0},
	{"packets through a pair of sockets", pair(syscall.SOCK_SEQPACKET), "", "", 0},
	{"a pair of stream sockets", pair(syscall.SOCK_STREAM), "", "event loops wake themselves with it; it can be connected to nothing else", 0},
	{"connect a pair of sockets elsewhere", func(dir string, _ int) error {
		ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		defer syscall.Close(ends[0])
		defer syscall.Close(ends[1])
		if err := syscall.Listen(ends[0], 1); err == nil {
			return nil
		}
		if err := syscall.Connect(ends[0], &syscall.SockaddrUnix{Name: filepath.Join(dir, "socket")}); err != syscall.EISCONN {
			return err
		}
		return syscall.EPERM // it is connected, once and for all
	}, "", "", 0},
	{"a UNIX socket", socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0), "", "", 0},
	{"a UNIX datagram socket", socket(syscall.AF_UNIX, syscall.SOCK_DGRAM, 0), "", "", 0},
	{"ask for routes", socket(syscall.AF_NETLINK, syscall.SOCK_RAW, syscall.NETLINK_ROUTE), "what is fetched must not be from this machine's own addresses", "libraries ask for the machine's addresses", 0},
	{"ask for audit", socket(syscall.AF_NETLINK, syscall.SOCK_RAW, 9), "", "", 0},
	{"hear the kernel's events", socket(syscall.AF_NETLINK, syscall.SOCK_RAW, 15), "", "", 0},
	{"a packet socket", socket(17, syscall.SOCK_RAW, 0), "", "", 0},
	{"a packet socket by its old name", socket(syscall.AF_INET, 10, 0x0300), "", "", 0},
	{"a raw socket", socket(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_ICMP), "", "", 0},
	{"echo requests", socket(syscall.AF_INET, syscall.SOCK_DGRAM, syscall.IPPROTO_ICMP), "", "", 0},
	{"SCTP", socket(syscall.AF_INET, syscall.SOCK_SEQPACKET, 0), "", "", 0},
	{"the kernel's ciphers", socket(38, syscall.SOCK_SEQPACKET, 0), "", "", 0},
	{"virtual machine sockets", socket(40, syscall.SOCK_STREAM, 0), "", "", 0},
	{"listen", func(string, int) error {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		defer syscall.Close(fd)
		return syscall.Listen(fd, 5) // on a port of the kernel's choice
	}, "", "", 0},
	{"bind a TCP port", func(string, int) error {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		defer syscall.Close(fd)
		return syscall.Bind(fd, &syscall.SockaddrInet4{})
	}, "", "", 4},
	{"bind a UDP port", func(string, int) error {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
		if err != nil {
			return err
		}
		defer syscall.Close(fd)
		return syscall.Bind(fd, &syscall.SockaddrInet4{})
	}, "", "resolvers do so; answers to what it sends come to a port as well", 0},
	{"send a datagram", func(string, int) error {
		c, err := net.Dial("udp", "127.0.0.1:9")
		if err == nil {
			c.Close()
		}
		return err
	}, "names are looked up so; landlock knows no right for it", "names are looked up so; landlock knows no right for it", 0},
	{"shared memory", func(string, int) error { return raw(syscall.SYS_SHMGET, 0, 1<<20, 0o1600) }, "", "", 0},
	{"another program's shared memory", func(string, int) error { return raw(syscall.SYS_SHMAT, 0, 0, 0) }, "", "", 0},
	{"shared memory with a name", func(string, int) error { return open("/dev/shm/attempt", syscall.O_CREAT|syscall.O_RDWR) }, "", "", 1},
	{"a file without a name", func(string, int) error { return open("/tmp", 0x410000|syscall.O_RDWR) }, "", "", 1}, // O_TMPFILE
	{"a message queue", func(string, int) error { return raw(syscall.SYS_MSGGET, 0, 0o1600, 0) }, "", "", 0},
	{"a semaphore", func(string, int) error { return raw(syscall.SYS_SEMGET, 0, 1, 0o1600) }, "", "", 0},
	{"a POSIX queue", func(string, int) error {
		name, _ := syscall.BytePtrFromString("attempt")
		return raw(syscall.SYS_MQ_OPEN, uintptr(unsafe.Pointer(name)), 0, 0)
	}, "", "", 0},
	{"a key", func(string, int) error { return raw(syscall.SYS_KEYCTL, 0, ^uintptr(2), 1) }, "", "", 0},
	{"lock all memory", func(string, int) error { return raw(syscall.SYS_MLOCKALL, 2, 0, 0) }, "", "", 0},
	{"memory to write and execute", func(string, int) error {
		_, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE|syscall.PROT_EXEC, syscall.MAP_PRIVATE|syscall.MAP_ANON)
		return err
	}, "", "compilers at run time need it", 0},
	{"io_uring", func(string, int) error { return raw(425, 4, uintptr(unsafe.Pointer(new([200]byte))), 0) }, "", "", 0},
	{"a file in memory", func(string, int) error { return raw(memfdCreate, uintptr(unsafe.Pointer(new([9]byte))), 0, 0) }, "", "", 0},
	{"a file in secret memory", func(string, int) error { return raw(447, 0, 0, 0) }, "", "", 0},
	{"handle the faults of memory", func(string, int) error { return raw(userfaultfd, 1, 0, 0) }, "", "", 0},
	{"load a program into the kernel", func(string, int) error { return raw(bpf, 0, 0, 0) }, "", "", 0},
	{"measure", func(string, int) error {
		return raw(syscall.SYS_PERF_EVENT_OPEN, uintptr(unsafe.Pointer(new([128]byte))), 0, ^uintptr(0))
	}, "", "", 0},
	{"remove a POSIX queue", func(string, int) error {
		return raw(syscall.SYS_MQ_UNLINK, uintptr(unsafe.Pointer(new([9]byte))), 0, 0)
	}, "", "", 0},
	{"set the clock", func(string, int) error { return raw(syscall.SYS_SETTIMEOFDAY, 0, 0, 0) }, "", "", 0},
	{"name the machine", func(string, int) error {
		return raw(syscall.SYS_SETHOSTNAME, uintptr(unsafe.Pointer(new([9]byte))), 1, 0)
	}, "", "", 0},
	{"mount", func(string, int) error { return raw(syscall.SYS_MOUNT, 0, 0, 0) }, "", "", 0},
	{"join a namespace", func(string, int) error { return raw(setns, 0, 0, 0) }, "", "", 0},
	{"unshare", func(string, int) error { return raw(syscall.SYS_UNSHARE, syscall.CLONE_FS, 0, 0) }, "", "", 0},
	{"a fixed address space", func(string, int) error { return raw(syscall.SYS_PERSONALITY, 0x40000, 0, 0) }, "", "", 0},
	{"the kernel's log", func(string, int) error { return raw(syscall.SYS_SYSLOG, 3, 0, 0) }, "", "", 0},
	{"become root", func(string, int) error { return raw(syscall.SYS_SETUID, 0, 0, 0) }, "", "", 0},
	{"have capabilities", func(string, int) error {
		header := [2]uint32{0x20080522}
		var have [6]uint32
		if err := raw(syscall.SYS_CAPGET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&have)), 0); err != nil {
			return err
		}
		if have == [6]uint32{} {
			return syscall.EPERM
		}
		return nil
	}, "", "", 0},
}

// process is a file of a process.
func process(pid int, name string) string { return fmt.Sprintf("/proc/%d/%s", pid, name) }

func raw(number, a1, a2, a3 uintptr) error {
	if _, _, errno := syscall.RawSyscall6(number, a1, a2, a3, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// limitServer sets a limit of the server to what it is.
func limitServer(limit int) func(string, int) error {
	return func(_ string, server int) error {
		have := [2]uint64{1 << 20, 1 << 20}
		_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(server), uintptr(limit), 0, uintptr(unsafe.Pointer(&have)), 0, 0)
		if errno != 0 {
			return errno
		}
		return raw(syscall.SYS_PRLIMIT64, uintptr(server), uintptr(limit), uintptr(unsafe.Pointer(&have)))
	}
}

func fork(flags uintptr) func(string, int) error {
	return func(string, int) error {
		pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, flags|uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
		switch {
		case errno != 0:
			return errno
		case pid == 0:
			syscall.RawSyscall(syscall.SYS_EXIT, 0, 0, 0)
		}
		return nil
	}
}

func open(path string, mode int) error {
	fd, err := syscall.Open(path, mode, 0o600)
	return closing(fd, err)
}

func closing(fd int, err error) error {
	if err == nil {
		syscall.Close(fd)
	}
	return err
}

func pair(kind int) func(string, int) error {
	return func(string, int) error {
		_, err := syscall.Socketpair(syscall.AF_UNIX, kind, 0)
		return err
	}
}

func socket(family, kind, protocol int) func(string, int) error {
	return func(string, int) error {
		fd, err := syscall.Socket(family, kind, protocol)
		return closing(fd, err)
	}
}

// attempt is what the worker does: the name of an attempt and a folder.
func attempt(what string) error {
	name, dir, _ := strings.Cut(what, "|")
	for _, a := range attempts {
		if a.name == name {
			return a.try(dir, os.Getppid())
		}
	}
	return fmt.Errorf("no attempt %q", name)
}

// asOther is set in the test process that runs as another user.
const asOther = "SOCKETHUB_TEST_OTHER"

// What a hostile worker tries is refused, or accepted for a reason: to a platform
// of ours as to an external executable, whoever the server runs as.
func TestAttempts(t *testing.T) {
	dir, program := public(t)
	for _, kind := range []string{"own", "external"} {
		l := sandbox.Launch{Sandbox: true, Ports: []int{}}
		if kind == "external" {
			l.Program = program
		}
		t.Run(kind, func(t *testing.T) {
			w := startProbe(t, l)
			for _, a := range attempts {
				t.Run(a.name, func(t *testing.T) {
					accepted := a.own
					if kind == "external" {
						accepted = a.external
					}
					_, failure := ask(t, w, "attempt", a.name+"|"+dir)
					switch {
					case accepted == "" && a.abi > sandbox.LandlockABI():
						t.Skipf("needs landlock ABI %d", a.abi)
					case !sandbox.HasSeccomp():
						t.Skip("needs seccomp")
					case accepted == "" && !refusal(failure):
						t.Errorf("got %q, want a refusal", failure)
					case accepted != "" && failure != "":
						t.Errorf("got %q, though %s", failure, accepted)
					}
				})
			}
		})
	}
	if os.Getuid() != 0 || os.Getenv(asOther) != "" {
		return
	}
	t.Run("as another user", func(t *testing.T) {
		cmd := exec.Command(program, "-test.run=^TestAttempts$")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), asOther+"=1", "TMPDIR="+filepath.Dir(program))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	})
}

// refusal reports whether an error says that something is forbidden, and not
// that it was asked for in the wrong way.
func refusal(failure string) bool {
	for _, errno := range []syscall.Errno{syscall.EPERM, syscall.EACCES, syscall.ENOSYS, syscall.EOPNOTSUPP, syscall.EPROTONOSUPPORT} {
		if strings.HasSuffix(failure, errno.Error()) {
			return true
		}
	}
	return false
}

// public makes a folder with a file of the test's user and a socket in it, and a copy of this
// program that anybody may execute.
func public(t *testing.T) (dir, program string) {
	t.Helper()
	root, err := os.MkdirTemp("", "attempts")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	dir, program = filepath.Join(root, "dir"), filepath.Join(root, "platform")
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(to, from)
	for _, err := range []error{err, to.Close(), os.Chmod(root, 0o777), os.Mkdir(dir, 0o777), os.Chmod(dir, 0o777), os.Chmod(program, 0o755),
		os.WriteFile(filepath.Join(dir, "file"), []byte("hunter2"), 0o600)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	_ = syscall.Setxattr(filepath.Join(dir, "file"), "user.kept", []byte("1"), 0) // some file systems have none
	return dir, program
}
