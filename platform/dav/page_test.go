package dav

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

// maxPage is how many bytes of items the pages of these tests have.
const maxPage = 768 << 10

// add puts n items of a size on a page, in another order than that of their keys.
func add(t *testing.T, p *Page, n, size int) {
	t.Helper()
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(n) {
		u := mustParse(t, fmt.Sprintf("https://x.test/%06d", i))
		p.Add(&Item{URL: u, Key: Key(u)}, activity.NewObject(activity.Member{Name: "n", Value: i},
			activity.Member{Name: "x", Value: strings.Repeat("x", size)}))
	}
}

// Page by page everything comes once, whatever the limit.
func TestPages(t *testing.T) {
	tests := []struct{ limit, items, size, pages int }{
		{0, 10, 10, 1}, {3, 10, 10, 4}, {10, 10, 10, 1}, {1000, 3000, 10, 3}, {0, 500, 20 << 10, 0}, {7, 20, 400 << 10, 0}, {0, 0, 0, 1},
	}
	for _, tt := range tests {
		seen, after, pages := 0, "", 0
		for {
			p := newPage(maxPage, tt.limit, after)
			add(t, p, tt.items, tt.size)
			items, failed, next := p.Members()
			pages++
			if len(failed) > 0 || tt.limit > 0 && len(items) > tt.limit || len(activity.AppendJSON(nil, items)) > maxPage+2 {
				t.Fatalf("%+v: %d items, %d failed", tt, len(items), len(failed))
			}
			for _, item := range items {
				if pages == 1 && next == "" {
					break // in the server's order
				}
				if n := item.(*activity.Object).Get("n").(int); n != seen {
					t.Fatalf("%+v: item %d, want %d", tt, n, seen)
				}
				seen++
			}
			if p.bytes > 3*maxPage {
				t.Errorf("%+v: a page holds %d bytes", tt, p.bytes)
			}
			if after = next; next == "" {
				break
			}
		}
		if tt.pages > 0 && pages != tt.pages || pages > 1 && seen != tt.items {
			t.Errorf("%+v: %d pages, %d items", tt, pages, seen)
		}
	}
}

// An item that is larger than any answer is told of, and so is one that comes
// twice once.
func TestOddItems(t *testing.T) {
	p := newPage(maxPage, 0, "")
	add(t, p, 1, maxPage)
	items, failed, next := p.Members()
	if len(items) != 0 || next != "" || string(activity.AppendJSON(nil, failed)) != `[{"id":"https://x.test/000000","error":"too-large"}]` {
		t.Errorf("%v %s %q", items, activity.AppendJSON(nil, failed), next)
	}
	p = newPage(maxPage, 0, "")
	add(t, p, 2, 10)
	add(t, p, 2, 20)
	if items, _, _ := p.Members(); len(items) != 2 || p.bytes != len(activity.AppendJSON(nil, items))-1 {
		t.Errorf("%d items, %d bytes for %s", len(items), p.bytes, activity.AppendJSON(nil, items))
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("full t https://x.test/")
	f.Add("changes  ")
	f.Fuzz(func(t *testing.T, text string) {
		if c, ok := parseCursor(text); ok {
			if again, ok := parseCursor(c.String()); !ok || again != c {
				t.Errorf("%q is %+v, then %+v", text, c, again)
			}
		}
	})
}
