package metadata

import (
	"strings"

	"github.com/sockethub/sockethub/activity"
)

// linkedData is what a page says in JSON-LD, in the vocabulary of schema.org.
type linkedData struct {
	title, description, image       string
	publisher, author               string
	published, modified             string
	keywords                        []string
	videoURL, videoThumbnail        string
	videoWidth, videoHeight, length float64
	site                            string // name of a WebSite
}

// maxNodes bounds how many objects of JSON-LD are looked at.
const maxNodes = 256

// readLinkedData reads the scripts of a page. What is not JSON says nothing.
func readLinkedData(scripts [][]byte) *linkedData {
	d := &linkedData{}
	nodes := 0
	for _, script := range scripts {
		v, err := activity.Parse(script)
		if err != nil {
			v, err = activity.Parse(plainJSON(script))
		}
		if err == nil {
			d.walk(v, &nodes)
		}
	}
	return d
}

// walk looks at a value on the top level: an object, a list of them, or a graph.
func (d *linkedData) walk(v any, nodes *int) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			d.walk(one, nodes)
		}
	case *activity.Object:
		if *nodes++; *nodes > maxNodes {
			return
		}
		d.node(v)
		d.walk(v.Get("@graph"), nodes)
		d.walk(v.Get("video"), nodes)
		d.walk(v.Get("mainEntity"), nodes)
	}
}

// node takes what an object says of the page.
func (d *linkedData) node(o *activity.Object) {
	switch kind := typeOf(o); {
	case kind == "WebSite":
		offer(&d.site, nameOf(o))
		return
	case kind == "VideoObject":
		d.video(o)
	case strings.HasSuffix(kind, "Organization"), kind == "Person", kind == "ImageObject", kind == "BreadcrumbList", kind == "ListItem",
		kind == "SearchAction", kind == "":
		return
	}
	offer(&d.title, firstText(o, "headline", "name"))
	offer(&d.description, firstText(o, "description"))
	offer(&d.image, urlOf(o.Get("image")))
	offer(&d.publisher, nameOf(o.Get("publisher")))
	offer(&d.author, nameOf(o.Get("author")))
	offer(&d.published, firstText(o, "datePublished", "uploadDate"))
	offer(&d.modified, firstText(o, "dateModified"))
	if len(d.keywords) > 0 {
		return
	}
	switch v := o.Get("keywords").(type) {
	case string:
		d.keywords = strings.Split(meant(v), ",")
	case []any:
		for _, one := range v[:min(len(v), maxKeywords)] {
			if s, ok := one.(string); ok {
				d.keywords = append(d.keywords, meant(s))
			}
		}
	}
}

func (d *linkedData) video(o *activity.Object) {
	if d.videoURL != "" {
		return
	}
	d.videoURL = firstText(o, "contentUrl")
	d.videoThumbnail = urlOf(o.Get("thumbnailUrl"))
	d.videoWidth, d.videoHeight = pixels(o.Get("width")), pixels(o.Get("height"))
	d.length = seconds(firstText(o, "duration"))
	offer(&d.image, d.videoThumbnail)
}

func offer(to *string, value string) {
	if *to == "" {
		*to = value
	}
}

func typeOf(o *activity.Object) string {
	switch v := o.Get("@type").(type) {
	case string:
		return strings.TrimPrefix(v, "schema:")
	case []any:
		for _, one := range v {
			if s, ok := one.(string); ok {
				return s
			}
		}
	}
	return ""
}

func firstText(o *activity.Object, names ...string) string {
	for _, name := range names {
		if s := meant(o.Text(name)); strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// nameOf is the name of a person or an organisation: a text, an object with a
// name, or a list of these.
func nameOf(v any) string {
	switch v := v.(type) {
	case string:
		return meant(v)
	case *activity.Object:
		return firstText(v, "name")
	case []any:
		for _, one := range v {
			if _, list := one.([]any); list {
				continue
			}
			if s := nameOf(one); s != "" {
				return s
			}
		}
	}
	return ""
}

// urlOf is the address of an image: a text, an object, or a list of these.
func urlOf(v any) string {
	switch v := v.(type) {
	case string:
		return meant(v)
	case *activity.Object:
		return firstText(v, "url", "contentUrl", "@id")
	case []any:
		for _, one := range v {
			if _, list := one.([]any); list {
				continue
			}
			if s := urlOf(one); s != "" {
				return s
			}
		}
	}
	return ""
}

// pixels reads a number, or the digits that a text begins with.
func pixels(v any) float64 {
	switch v := v.(type) {
	case float64:
		if v >= 1 && v < 1e6 {
			return v
		}
	case string:
		digits := 0
		for digits < len(v) && isDigit(v[digits]) {
			digits++
		}
		return plainNumber(v[:digits])
	}
	return 0
}

// seconds reads a duration of ISO 8601, as "PT1H2M3S"; 0 for none.
func seconds(s string) float64 {
	rest, ok := strings.CutPrefix(s, "P")
	if !ok || len(s) > maxWord {
		return 0
	}
	total, number, time := 0.0, 0.0, false
	for i := range len(rest) {
		unit := 0.0
		switch c := rest[i]; {
		case isDigit(c):
			number = number*10 + float64(c-'0')
			continue
		case c == 'T':
			time = true
			continue
		case c == 'D':
			unit = 24 * 60 * 60
		case c == 'H' && time:
			unit = 60 * 60
		case c == 'M' && time:
			unit = 60
		case c == 'S' && time:
			unit = 1
		default:
			return 0
		}
		total, number = total+number*unit, 0
	}
	if total > 1e9 {
		return 0
	}
	return total
}
