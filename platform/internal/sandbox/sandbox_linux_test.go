package sandbox_test

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/platform/internal/sandbox"
	"github.com/sockethub/sockethub/platform/internal/workertest"
)

// ask gives a probe a job and returns what it got, or its error.
func ask(t *testing.T, w *workertest.Worker, verb, what string) (got, failure string) {
	t.Helper()
	body := activity.AppendJSON(nil, activity.NewObject(
		activity.Member{Name: "type", Value: verb}, activity.Member{Name: "what", Value: what}))
	w.Send(strings.TrimSuffix(string(frame.AppendJob(nil, 1, "s1", "", 0, nil, body)), "\n"))
	var f frame.Frame
	line := w.Next()
	if err := new(frame.Reader).Read([]byte(line), &f); err != nil || f.Type != "result" {
		t.Fatalf("%s %q: the worker wrote %q (%v); stderr: %s", verb, what, line, err, w.Stderr)
	}
	return f.Activity.Text("got"), f.Error
}

func startProbe(t *testing.T, l sandbox.Launch) *workertest.Worker {
	t.Helper()
	l.Platform, l.Instance = "probe", "i1"
	w := workertest.Start(t, l)
	w.Send(`{"type":"hello","protocol":1,"platform":"probe","instance":"i1","config":{}}`)
	w.Expect(`{"type":"ready"}`)
	return w
}

func listen(t *testing.T) (port int, address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().(*net.TCPAddr).Port, l.Addr().String()
}

// What a worker tries is refused as far as the kernel can, and its own work goes
// on.
func TestSandbox(t *testing.T) {
	for _, text := range sandbox.Missing() {
		t.Log("this kernel: ", text)
	}
	abi := sandbox.LandlockABI()
	declared, declaredAddress := listen(t)
	_, otherAddress := listen(t)
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("hunter2"), 0o644); err != nil {
		t.Fatal(err)
	}
	unixSocket := filepath.Join(dir, "socket")
	l, err := net.Listen("unix", unixSocket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	server := fmt.Sprint(os.Getpid())
	const denied, notPermitted = "permission denied", "operation not permitted"
	tests := []struct {
		name, verb, what string
		abi              int // of landlock, from which on it is refused; -1: by seccomp
		want             string
	}{
		{"read a file", "read", secret, 1, denied},
		{"read the users", "read", "/etc/passwd", 1, denied},
		{"read the server's environment", "read", "/proc/" + server + "/environ", 1, denied},
		{"read its own program's folder", "list", filepath.Dir(os.Args[0]), 1, denied},
		{"list a folder", "list", dir, 1, denied},
		{"write a file", "write", filepath.Join(dir, "new"), 1, denied},
		{"write over a file", "write", secret, 1, denied},
		{"execute a program", "execute", "/bin/sh", -1, notPermitted},
		{"connect to a port that is not declared", "connect", "tcp " + otherAddress, 4, denied},
		{"listen", "listen", "", 4, denied},
		{"signal the server", "signal", server, 6, notPermitted},
		{"connect to a UNIX socket", "connect", "unix " + unixSocket, -1, denied},
		{"make a namespace", "namespace", "", -1, notPermitted},
		{"connect by MPTCP", "socket", "2 1 262", -1, "protocol not supported"},
		{"connect by SCTP", "socket", "2 1 132", -1, "protocol not supported"},
		{"a raw socket", "socket", "2 3 6", -1, denied},
		{"a packet socket", "socket", "17 3 0", -1, denied},
		{"connect with a first packet", "fastopen", otherAddress, -1, "operation not supported"},
		{"io_uring", "call", "425", -1, "function not implemented"},
	}
	w := startProbe(t, sandbox.Launch{Sandbox: true, Ports: []int{declared}, OpenFiles: 64})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.abi > abi {
				t.Skipf("needs landlock ABI %d, this kernel has %d", tt.abi, abi)
			}
			if tt.abi < 0 && !sandbox.HasSeccomp() {
				t.Skip("needs seccomp")
			}
			if _, failure := ask(t, w, tt.verb, tt.what); !strings.HasSuffix(failure, tt.want) {
				t.Errorf("got %q, want %q", failure, tt.want)
			}
		})
	}
	if text, err := os.ReadFile(secret); err != nil || string(text) != "hunter2" {
		t.Errorf("the file is now %q, %v", text, err)
	}

	t.Run("its own work goes on", func(t *testing.T) {
		for _, tt := range []struct{ verb, what string }{
			{"connect", "tcp " + declaredAddress},
			{"read", "/etc/hosts"},
			{"look", "localhost"},
			{"write", "/dev/null"},
		} {
			if _, failure := ask(t, w, tt.verb, tt.what); failure != "" {
				t.Errorf("%s %q: %s", tt.verb, tt.what, failure)
			}
		}
		if _, err := os.Stat("/etc/ssl/certs/ca-certificates.crt"); err == nil {
			if _, failure := ask(t, w, "read", "/etc/ssl/certs/ca-certificates.crt"); failure != "" {
				t.Errorf("the certificate roots: %s", failure)
			}
		}
	})
	t.Run("limits", func(t *testing.T) {
		if got, failure := ask(t, w, "limits", ""); got != "0/0 0/0 64/64" {
			t.Errorf("core, file size and open files are limited to %q (%s)", got, failure)
		}
	})
}

// Without declared ports any may be connected to, with an empty list none.
func TestSandboxPorts(t *testing.T) {
	_, address := listen(t)
	w := startProbe(t, sandbox.Launch{Sandbox: true})
	if _, failure := ask(t, w, "connect", "tcp "+address); failure != "" {
		t.Errorf("no ports declared: %s", failure)
	}
	if sandbox.LandlockABI() < 4 {
		t.Skip("needs landlock ABI 4")
	}
	w = startProbe(t, sandbox.Launch{Sandbox: true, Ports: []int{}})
	if _, failure := ask(t, w, "connect", "tcp "+address); !strings.HasSuffix(failure, "permission denied") {
		t.Errorf("none of the ports declared: got %q", failure)
	}
}

// The certificates that the environment names may be read, wherever they are.
func TestSandboxCertificates(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"bundle.pem", "certs/nest.pem", "other.pem"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("SSL_CERT_FILE", filepath.Join(dir, "bundle.pem"))
	t.Setenv("SSL_CERT_DIR", filepath.Join(dir, "certs"))
	w := startProbe(t, sandbox.Launch{Sandbox: true})
	for _, path := range []string{os.Getenv("SSL_CERT_FILE"), filepath.Join(dir, "certs", "nest.pem")} {
		if _, failure := ask(t, w, "read", path); failure != "" {
			t.Errorf("%s: %s", path, failure)
		}
	}
	if _, failure := ask(t, w, "list", filepath.Join(dir, "certs")); failure != "" {
		t.Errorf("the folder: %s", failure)
	}
	if _, failure := ask(t, w, "read", filepath.Join(dir, "other.pem")); failure == "" && sandbox.LandlockABI() > 0 {
		t.Error("the file beside the bundle was read")
	}
}

// "sandbox: off" turns it off, but for the limits.
func TestSandboxOff(t *testing.T) {
	w := startProbe(t, sandbox.Launch{Ports: []int{}, OpenFiles: 99})
	secret := filepath.Join(t.TempDir(), "secret")
	for _, tt := range []struct{ verb, what string }{{"write", secret}, {"read", secret}, {"execute", "/bin/sh"}, {"listen", ""}} {
		if _, failure := ask(t, w, tt.verb, tt.what); failure != "" {
			t.Errorf("%s %q: %s", tt.verb, tt.what, failure)
		}
	}
	if got, _ := ask(t, w, "limits", ""); !strings.HasPrefix(got, "0/0 ") || !strings.HasSuffix(got, " 99/99") {
		t.Errorf("core, file size and open files are limited to %q", got)
	}
}

// An external executable reads and executes what PROTOCOL.md says, no more.
func TestSandboxOfExternalExecutable(t *testing.T) {
	if sandbox.LandlockABI() < 1 {
		t.Skip("needs landlock")
	}
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"secret": 0o644, "tool": 0o755} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	path := workertest.Script(t, `
try() { if ("$@") >/dev/null 2>&1; then echo "$* allowed"; else echo "$* refused"; fi; }
write() { echo x >"$1"; }
cd /
try cat `+dir+`/secret
try cat /etc/passwd
try ls `+dir+`
try `+dir+`/tool
try write `+dir+`/new
try write `+dir+`/secret
try env true
try cat "$0"
try cat /etc/hosts
try write /dev/null
sleep 1000 &
try kill $!
try kill -0 $PPID
`)
	w := workertest.Start(t, sandbox.Launch{Program: path, Platform: "tries", Instance: "i1", Sandbox: true})
	w.Expect("cat "+dir+"/secret refused", "cat /etc/passwd refused", "ls "+dir+" refused", dir+"/tool refused",
		"write "+dir+"/new refused", "write "+dir+"/secret refused",
		"env true allowed", "cat "+path+" allowed", "cat /etc/hosts allowed", "write /dev/null allowed")
	if got := w.Next(); !strings.HasSuffix(got, " allowed") {
		t.Errorf("a child of its own: %s", got)
	}
	want := " refused"
	if sandbox.LandlockABI() < 6 {
		want = " allowed"
	}
	if got := w.Next(); !strings.HasSuffix(got, want) {
		t.Errorf("the server: %s, want %s", got, want)
	}
}

// A descriptor that the server's own parent left open does not reach a worker.
func TestNoInheritedDescriptors(t *testing.T) {
	left, err := syscall.Open("/dev/null", syscall.O_RDONLY, 0) // not close-on-exec
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(left)
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	child, exit, err := sandbox.StartChild("/bin/ls", []string{"ls", "-l", "/proc/self/fd"}, nil, []*os.File{nil, out, out})
	out.Close()
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(in)
	exit.Wait()
	exit.Close()
	child.Wait()
	if bytes.Contains(text, []byte("/dev/null")) {
		t.Errorf("open descriptors: %s", text)
	}
}

// The kernel takes a worker before the server when memory runs out.
func TestOOMScore(t *testing.T) {
	w := startProbe(t, sandbox.Launch{})
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", w.Pid))
	if err != nil || strings.TrimSpace(string(text)) != "500" {
		t.Errorf("oom_score_adj is %q, %v", text, err)
	}
}

// A worker that many share interrupts nobody, with all its threads; one that is
// somebody's connection is scheduled as every program.
func TestSchedulingPolicy(t *testing.T) {
	for persist, want := range map[bool]uintptr{false: sandbox.SchedBatch, true: 0} {
		w := startProbe(t, sandbox.Launch{Persist: persist})
		threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", w.Pid))
		if err != nil || len(threads) < 2 {
			t.Fatalf("%d threads, %v", len(threads), err)
		}
		for _, thread := range threads {
			id, _ := strconv.Atoi(thread.Name())
			if policy, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETSCHEDULER, uintptr(id), 0, 0); errno != 0 || policy != want {
				t.Errorf("persist %t: the policy of a thread is %d, %v; want %d", persist, policy, errno, want)
			}
		}
	}
}

// The loader of a program is what debug/elf says it is.
func TestLoaderOf(t *testing.T) {
	rubbish := filepath.Join(t.TempDir(), "rubbish")
	if err := os.WriteFile(rubbish, []byte("\x7fELF\x02\x01"+strings.Repeat("\xff", 100)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{sandbox.OwnProgram(), "/bin/sh", rubbish, "/nonexistent", "/etc/hosts"} {
		want := ""
		if f, err := elf.Open(path); err == nil {
			for _, p := range f.Progs {
				if p.Type == elf.PT_INTERP {
					name, _ := io.ReadAll(p.Open())
					want = strings.TrimRight(string(name), "\x00")
				}
			}
			f.Close()
		}
		if got := sandbox.LoaderOf(path); got != want {
			t.Errorf("the loader of %s is %q, want %q", path, got, want)
		}
	}
}

func TestShimFails(t *testing.T) {
	w := workertest.Start(t, sandbox.Launch{Program: "/nonexistent/platform", Sandbox: true})
	if err := w.Wait(); err == nil || err.Error() != "exit status 126" {
		t.Errorf("ended with %v", err)
	}
	if want := "<3>the worker was not started: execute /nonexistent/platform: no such file or directory\n"; w.Stderr.String() != want {
		t.Errorf("stderr %q, want %q", w.Stderr, want)
	}
}

func TestShimOrder(t *testing.T) {
	for _, want := range []sandbox.ShimOrder{
		{},
		{Program: "/opt/a \"b\"", Sandbox: true, Ports: []int{}, OpenFiles: 256},
		{Ports: []int{80, 443}},
	} {
		text := string(want.AppendJSON(nil))
		got, err := sandbox.ReadShimOrder(text)
		if err != nil || fmt.Sprintf("%#v", *got) != fmt.Sprintf("%#v", want) {
			t.Errorf("%s became %#v, %v", text, got, err)
		}
	}
	if _, err := sandbox.ReadShimOrder("{"); err == nil {
		t.Error("half an order was read")
	}
}
