package platform

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/platform/internal/sandbox"
)

// echoJob is a message as the server sends it, 430 bytes.
func echoJob(id int) string {
	return fmt.Sprintf(`{"type":"job","id":%d,"session":"b5a2c96250612366ea272ffac6d9744a","address":"203.0.113.9","deadlineMs":60000,"activity":{"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/parrot/v1.jsonld"],"type":"echo","actor":{"id":"wren@hedge.test","type":"person","name":"Wren"},"object":{"type":"message","content":"rain by noon"}}}`, id)
}

// BenchmarkWorker is a job's way through a worker: frames in, frames out.
func BenchmarkWorker(b *testing.B) {
	for _, window := range []int{1, 16, 100} {
		b.Run(fmt.Sprintf("%d at a time", window), func(b *testing.B) {
			var batch strings.Builder
			for i := range window {
				batch.WriteString(echoJob(i) + "\n")
			}
			jobs := []byte(batch.String())
			inRead, inWrite := io.Pipe()
			outRead, outWrite := io.Pipe()
			defer inWrite.Close()
			d := parrotDefinition()
			d.Concurrency = 100
			go serveWorker(inRead, outWrite, io.Discard, []*Definition{d}, drainTime)
			buf := make([]byte, 256<<10)
			frames := func(n int) {
				for n > 0 {
					k, err := outRead.Read(buf)
					if err != nil {
						b.Error(err)
						return
					}
					n -= bytes.Count(buf[:k], []byte{'\n'})
				}
			}
			io.WriteString(inWrite, helloParrot+"\n")
			frames(1)
			b.ReportAllocs()
			b.SetBytes(int64(len(jobs) / window))
			b.ResetTimer()
			for done := 0; done < b.N; done += window {
				inWrite.Write(jobs)
				frames(window)
			}
		})
	}
}

// BenchmarkWorkerProcess is the same through the pipes of a process.
func BenchmarkWorkerProcess(b *testing.B) {
	for _, window := range []int{1, 16, 100} {
		b.Run(fmt.Sprintf("%d at a time", window), func(b *testing.B) {
			var batch strings.Builder
			for i := range window {
				batch.WriteString(echoJob(i) + "\n")
			}
			jobs := []byte(batch.String())
			in, out := startRaw(b, sandbox.Launch{Platform: "parrot", Instance: "i1"})
			buf := make([]byte, 256<<10)
			frames := func(n int) {
				for n > 0 {
					k, err := out.Read(buf)
					if err != nil {
						b.Error(err)
						return
					}
					n -= bytes.Count(buf[:k], []byte{'\n'})
				}
			}
			io.WriteString(in, helloParrot+"\n")
			frames(1)
			b.SetBytes(int64(len(jobs) / window))
			b.ResetTimer()
			for done := 0; done < b.N; done += window {
				in.Write(jobs)
				frames(window)
			}
		})
	}
}

// BenchmarkStart is from the request for a worker to its frame "ready".
func BenchmarkStart(b *testing.B) {
	for _, shutIn := range []bool{false, true} {
		b.Run(fmt.Sprintf("sandbox %v", shutIn), func(b *testing.B) {
			for b.Loop() {
				in, out := startRaw(b, sandbox.Launch{Platform: "parrot", Instance: "i1", Sandbox: shutIn})
				io.WriteString(in, helloParrot+"\n")
				if _, err := out.Read(make([]byte, 100)); err != nil {
					b.Fatal(err)
				}
				in.Close()
			}
		})
	}
}

// startRaw starts a worker whose pipes nobody else reads.
func startRaw(b *testing.B, l sandbox.Launch) (in io.WriteCloser, out io.Reader) {
	b.Helper()
	path, argv, env := l.Command()
	cmd := &exec.Cmd{Path: path, Args: argv, Env: env, Stderr: os.Stderr}
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	if out, err = cmd.StdoutPipe(); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return in, out
}
