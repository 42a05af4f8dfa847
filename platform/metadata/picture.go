package metadata

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/platform/webfetch/markup"
)

// pictureSource is where the picture of an img element is. Those that a script
// loads when they come into view have a stand-in in src.
func pictureSource(s *markup.Scanner) string {
	for _, name := range []string{"data-src", "data-lazy-src", "data-original"} {
		if source := strings.TrimSpace(s.Get(name)); source != "" && !isData(source) {
			return source
		}
	}
	source := s.Get("src")
	if strings.TrimSpace(source) != "" && !isData(source) {
		return source
	}
	for _, name := range []string{"data-srcset", "data-lazy-srcset", "srcset"} {
		if largest := largestOf(s.Get(name)); largest != "" {
			return largest
		}
	}
	return source
}

// largestOf returns the address in a srcset whose picture is the widest, or the
// densest (HTML Standard, section 4.8.4.2.1): "a.jpg, b.jpg 480w, c.jpg 2x". What
// has a comma inside is an address, and one may follow a size without a blank.
func largestOf(srcset string) (largest string) {
	most := -1.0
	words := strings.Fields(cut(srcset, maxSet))
	for len(words) > 0 {
		address, size := words[0], "1x"
		words = words[1:]
		if !strings.HasSuffix(address, ",") && len(words) > 0 {
			var after string
			if size, after, _ = strings.Cut(words[0], ","); after != "" {
				words[0] = after
			} else {
				words = words[1:]
			}
		}
		address = strings.Trim(address, ",")
		n, err := strconv.ParseFloat(strings.TrimRight(size, "wxh"), 64)
		if err == nil && address != "" && !isData(address) && n > most {
			largest, most = address, n
		}
	}
	return largest
}

// maxSet is how much of a srcset is read, in bytes.
const maxSet = 8 << 10

func isData(address string) bool {
	return strings.EqualFold(cut(strings.TrimSpace(address), len("data:")), "data:")
}

// pictureList is what a page without an image of its own shows: the first ten
// of its pictures, large ones first, tiny ones last. Pictures whose addresses do
// not end like one's count only where there are no others.
func pictureList(pictures []picture, base *url.URL) []image {
	var named, others []image
	for _, p := range pictures {
		p.src = strings.TrimSpace(p.src)
		if isData(p.src) {
			continue
		}
		address := imageAddress(base, p.src)
		if address == "" {
			continue
		}
		one := image{url: address, kind: extension(p.src)}
		if p.width > 0 {
			one.width = p.width
		}
		if p.height > 0 {
			one.height = p.height
		}
		if one.kind != "" {
			named = append(named, one)
		} else if pictureClass(one) == large {
			others = append(others, one)
		}
	}
	if len(named) == 0 {
		named = others
	}
	slices.SortStableFunc(named, func(a, b image) int { return cmp.Compare(pictureClass(a), pictureClass(b)) })
	return named[:min(len(named), maxImages)]
}

// Classes of pictures, best first.
const (
	large   = iota // both sides are at least 200
	unknown        // it does not say
	tiny           // both sides are at most 32: counters, buttons
)

func pictureClass(i image) int {
	width, ok1 := i.width.(float64)
	height, ok2 := i.height.(float64)
	switch {
	case !ok1 || !ok2:
		return unknown
	case min(width, height) >= 200:
		return large
	case max(width, height) <= 32:
		return tiny
	}
	return unknown
}
