package metadata

import (
	"net/url"
	"strings"

	"github.com/sockethub/sockethub/platform/webfetch"
	"github.com/sockethub/sockethub/platform/webfetch/markup"
)

// iconRules are the links that name a page's icon, best first: by rel, or by
// type. Both must be exactly that, but for case.
var iconRules = [7]struct{ rel, mediaType string }{
	{rel: "shortcut icon"}, {rel: "icon"}, {rel: "mask-icon"}, {rel: "apple-touch-icon"},
	{mediaType: "image/png"}, {mediaType: "image/ico"}, {mediaType: "image/x-icon"},
}

// link takes a link element, wherever it stands.
func (f *facts) link(s *markup.Scanner) {
	rel, mediaType, href := s.Get("rel"), s.Get("type"), s.Get("href")
	for i, rule := range iconRules {
		if rule.rel != "" && strings.EqualFold(rel, rule.rel) || rule.mediaType != "" && strings.EqualFold(mediaType, rule.mediaType) {
			f.icons[i].offer(href)
		}
	}
	switch {
	case strings.EqualFold(rel, "canonical"):
		f.canonical.offer(href)
	case strings.EqualFold(rel, "alternate") && strings.EqualFold(s.Get("hreflang"), "x-default"):
		f.defaultURL.offer(href)
	}
	if href == "" {
		return
	}
	kind := webfetch.MediaType(mediaType)
	icon, alternate := false, false
	for word := range strings.FieldsSeq(strings.ToLower(cut(rel, maxWord))) {
		switch word {
		case "icon", "mask-icon", "apple-touch-icon", "apple-touch-icon-precomposed", "fluid-icon":
			icon = true
		case "alternate":
			alternate = true
		case "image_src":
			offer(&f.imageSrc, href)
		}
	}
	if icon && len(f.iconLinks) < maxLinks {
		f.iconLinks = append(f.iconLinks, iconLink{href, rel, s.Get("sizes"), kind})
	}
	if !alternate {
		return
	}
	switch kind {
	case "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml":
		if len(f.feedLinks) < maxLinks {
			f.feedLinks = append(f.feedLinks, feedLink{href, kind, s.Get("title")})
		}
	case "application/json+oembed":
		if f.oembed == "" {
			f.oembed = href
		}
	}
}

// defaultIcon is where a page's icon is that names none.
const defaultIcon = "/favicon.ico"

// favicon is the page's icon as the page writes it, as long as a client can make
// sense of that with the address it asked for; where a base or a redirect leads
// elsewhere it is the whole address.
func (f *facts) favicon(asked, at, base *url.URL) string {
	href := ""
	for _, icon := range append(f.icons[:], f.appIcon) {
		if href = icon.value; href != "" {
			break
		}
	}
	if strings.HasPrefix(href, "data:") && len(href) <= maxData && !strings.ContainsFunc(href, isControl) {
		return href
	}
	u := resolve(base, href)
	if u == nil {
		href, u = defaultIcon, resolve(at, defaultIcon)
	}
	if v := resolve(asked, href); v != nil && v.String() == u.String() {
		return href
	}
	return u.String()
}

const (
	maxLink = 2 << 10 // bytes of an address that a page gives
	maxData = 8 << 10 // bytes of a data: URL
)

// resolve returns the http or https URL that a page means by a reference; nil
// when it means none.
func resolve(base *url.URL, ref string) *url.URL {
	if ref == "" || len(ref) > maxLink {
		return nil
	}
	u, err := webfetch.Resolve(base, ref)
	if err != nil {
		return nil
	}
	return u
}

// absolute returns an address as it was written if it is one by itself, else
// what it means; "" when it is not http or https.
func absolute(base *url.URL, ref string) string {
	u := resolve(base, ref)
	if u == nil {
		return ""
	}
	lower := strings.ToLower(cut(ref, len("https://")))
	if (strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")) && !strings.ContainsFunc(ref, func(r rune) bool { return isBlank(r) || isControl(r) || r == '\\' }) {
		return ref
	}
	return u.String()
}

// imageAddress is absolute, but lets images pass that are in their own address.
func imageAddress(base *url.URL, ref string) string {
	if strings.HasPrefix(ref, "data:image/") && len(ref) <= maxData && !strings.ContainsFunc(ref, isControl) {
		return ref
	}
	return absolute(base, ref)
}
