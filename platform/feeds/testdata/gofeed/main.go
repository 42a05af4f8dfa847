// Command gofeed measures github.com/mmcdole/gofeed beside package feeds, on the
// same documents: from the bytes of a feed to its entries in memory.
//
//	cd platform/feeds/testdata/gofeed && go run .
//
//	wordpress.xml             gofeed  41.2 ms   ours  1.9 ms   21.7 times as fast
//
// It is a module of its own, so that the server depends on nothing for it, and
// ends with status 1 where ours is not at least 8 times as fast.
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
)

// goal is how many times as fast ours should be.
const goal = 8

func main() {
	if err := compare(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func compare() error {
	testing.Init()
	if err := flag.Set("test.benchtime", "300ms"); err != nil {
		return err
	}
	ours, err := measureOurs()
	if err != nil {
		return err
	}
	slow := 0
	for _, o := range ours {
		theirs, err := measure(o.document)
		if err != nil {
			return err
		}
		times := float64(theirs) / float64(o.took)
		if times < goal {
			slow++
		}
		fmt.Printf("%-24s gofeed %8.2f ms   ours %6.2f ms   %5.1f times as fast\n", o.document, ms(theirs), ms(o.took), times)
	}
	if slow > 0 {
		return fmt.Errorf("%d of %d documents are not read %d times as fast", slow, len(ours), goal)
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// measurement is the time that a document takes.
type measurement struct {
	document string
	took     time.Duration
}

// runs is how often each is measured: the fastest counts, as other programs can
// only make one slower.
const runs = 5

// measureOurs runs the benchmark of package feeds, which knows the documents.
func measureOurs() ([]measurement, error) {
	command := exec.Command("go", "test", "-run", "^$", "-bench", "^BenchmarkDocuments$", "-benchtime", "300ms", "-count", strconv.Itoa(runs), ".")
	command.Dir = filepath.Join("..", "..")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go test: %w: %s", err, out)
	}
	var found []measurement
	line := regexp.MustCompile(`(?m)^BenchmarkDocuments/(\S+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op`)
	for _, m := range line.FindAllSubmatch(out, -1) {
		ns, err := strconv.ParseFloat(string(m[2]), 64)
		if err != nil {
			return nil, err
		}
		found = append(found, measurement{string(m[1]), time.Duration(ns)})
	}
	slices.SortFunc(found, func(a, b measurement) int {
		return cmp.Or(cmp.Compare(a.document, b.document), cmp.Compare(a.took, b.took))
	})
	found = slices.CompactFunc(found, func(a, b measurement) bool { return a.document == b.document })
	if len(found) == 0 {
		return nil, fmt.Errorf("go test has measured nothing: %s", out)
	}
	return found, nil
}

// measure measures gofeed.
func measure(document string) (time.Duration, error) {
	body, err := os.ReadFile(filepath.Join("..", "cases", document))
	if err != nil {
		return 0, err
	}
	body = enlarge(body, 256<<10)
	if _, err := gofeed.NewParser().Parse(bytes.NewReader(body)); err != nil {
		return 0, fmt.Errorf("%s: %w", document, err)
	}
	fastest := time.Duration(0)
	for range runs {
		result := testing.Benchmark(func(b *testing.B) {
			for b.Loop() {
				if _, err := gofeed.NewParser().Parse(bytes.NewReader(body)); err != nil {
					b.Fatal(err)
				}
			}
		})
		if took := time.Duration(result.NsPerOp()); fastest == 0 || took < fastest {
			fastest = took
		}
	}
	return fastest, nil
}

// enlarge repeats a feed's entries until it has about size bytes. The benchmark
// of package feeds does the same.
func enlarge(feed []byte, size int) []byte {
	for _, tags := range [][2]string{{"<item", "</item>"}, {"<entry", "</entry>"}} {
		first, last := bytes.Index(feed, []byte(tags[0])), bytes.LastIndex(feed, []byte(tags[1]))
		if first < 0 || last < first {
			continue
		}
		last += len(tags[1])
		entries := bytes.Repeat(feed[first:last], max(size/(last-first), 1))
		return bytes.Join([][]byte{feed[:first], entries, feed[last:]}, nil)
	}
	return feed
}
