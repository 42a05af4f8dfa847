package metadata

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/sockethub/sockethub/activity"
)

// preview is what clients get for a page. It is shared by all who ask and never
// changed after it was made.
type preview struct {
	title, description, url, language, favicon, charset string
	name                                                string // of the site
	siteNamed                                           bool   // by Open Graph or a third party, perhaps with an empty name
	host                                                string // stands for a name where there is none
	images                                              []image
	video                                               *video

	// Members beyond those of the reference server.
	languageTag, mediaType, finalURL  string
	published, updated, author, theme string
	keywords                          []string
	feeds                             []feedLink
	icons                             []iconLink
	audio                             *medium

	adopted string // the address that the actor gets; "" when it keeps its own
	object  *activity.Object
}

type video struct {
	url, thumbnail, kind    string
	width, height, duration float64
}

// newPreview decides what counts of a page that was asked for by one address
// and found at another.
func newPreview(f *facts, asked, at *url.URL) *preview {
	base, more := f.baseURL(at), readLinkedData(f.linkedData)
	g, o := &f.graph, &f.fallback
	p := &preview{
		language: word(cmp.Or(g.locale, f.language.value, f.inLanguage.value)),
		favicon:  f.favicon(asked, at, base),
		theme:    word(f.themeColor.value),
		author:   o.byline(g, more),
	}
	// Only Open Graph's title is told as it was written, as the reference does.
	if p.title = shorten(printable(cut(g.title, 2*maxLine)), maxLine); p.title == "" {
		p.title = firstLine(f.title, f.bodyTitle, f.metaTitle.value, f.text(postTitle), f.text(entryTitle), f.text(headingLink), f.text(titleHeading),
			o.twitterTitle, o.dcTitle, o.itemName, more.title)
	}
	for _, d := range []string{g.description, f.description.value, f.itemprop.value, f.text(describing), o.twitterDescription, o.dcDescription, more.description} {
		if p.description = lines(d); p.description != "" {
			break
		}
	}
	if g.siteNamed {
		p.name, p.siteNamed = oneLine(g.siteName), true
	} else {
		p.name = firstLine(more.publisher, o.applicationName, more.site)
	}
	for _, ref := range []string{g.url, f.canonical.value, f.defaultURL.value} {
		// A site whose pages all name its first page says nothing of this one.
		if u := resolve(base, ref); u == nil || isRoot(u) && !isRoot(at) && sameSite(u, at) {
			continue
		}
		if p.url = absolute(base, ref); p.url != "" {
			break
		}
	}
	if at.String() != asked.String() {
		p.finalURL = at.String()
	}
	p.images = g.imageList(base)
	if len(p.images) == 0 {
		p.showImage(base, f.imageSrc, nil, nil)
	}
	if len(p.images) == 0 {
		p.images = pictureList(f.pictures, base)
	}
	for _, ref := range []string{o.twitterImage, o.itemImage, more.image} {
		if len(p.images) > 0 {
			break
		}
		p.showImage(base, ref, nil, nil)
	}
	p.showVideo(f, more, base)
	for _, m := range g.audios.list {
		if address := absolute(base, m.address()); address != "" && p.audio == nil {
			p.audio = &medium{url: address, mediaType: word(m.mediaType)}
		}
	}
	p.published = date(g.published, o.itemPublished, more.published, o.dcDate, f.times.published, f.times.first)
	p.updated = date(g.modified, o.itemModified, more.modified)
	p.languageTag = languageTag(p.language)
	p.keywords = keywords(g.tags, strings.Split(cut(o.keywords, maxDescription), ","), more.keywords)
	for _, l := range f.feedLinks {
		if u := resolve(base, l.href); u != nil {
			p.feeds = append(p.feeds, feedLink{u.String(), l.mediaType, oneLine(l.title)})
		}
	}
	for _, l := range f.iconLinks {
		if u := resolve(base, l.href); u != nil {
			p.icons = append(p.icons, iconLink{u.String(), word(l.rel), word(l.sizes), word(l.mediaType)})
		}
	}
	if len(p.icons) == 0 {
		p.icons = []iconLink{{href: resolve(at, defaultIcon).String()}}
	}
	return p
}

// isRoot knows the first page of a site.
func isRoot(u *url.URL) bool { return (u.Path == "" || u.Path == "/") && u.RawQuery == "" }

// showImage adds an image if the address is one.
func (p *preview) showImage(base *url.URL, ref string, width, height any) {
	if address := imageAddress(base, ref); address != "" {
		p.images = append(p.images, image{url: address, kind: extension(ref), width: width, height: height})
	}
}

// showVideo takes the first video that is one, before those that are pages with
// a player.
func (p *preview) showVideo(f *facts, more *linkedData, base *url.URL) {
	var players, files []video
	for _, m := range f.graph.videos.list {
		v := video{url: absolute(base, m.address()), kind: word(m.mediaType), width: plainNumber(m.width), height: plainNumber(m.height)}
		switch {
		case v.url == "":
		case strings.HasPrefix(v.kind, "text/"):
			players = append(players, v)
		default:
			files = append(files, v)
		}
	}
	if address := absolute(base, more.videoURL); address != "" {
		files = append(files, video{url: address, thumbnail: absolute(base, more.videoThumbnail),
			width: more.videoWidth, height: more.videoHeight, duration: more.length})
	}
	if address := absolute(base, f.fallback.twitterStream); address != "" {
		kind, _, _ := strings.Cut(f.fallback.twitterStreamType, ";")
		files = append(files, video{url: address, kind: word(kind)})
	}
	if all := append(files, players...); len(all) > 0 {
		p.video = &all[0]
	}
}

// byline is who wrote the page. Open Graph has an address there more often than
// a name.
func (f *fallbacks) byline(g *graph, more *linkedData) string {
	for _, name := range []string{g.author, f.author, more.author, f.dcCreator, f.twitterCreator} {
		if name = oneLine(name); name != "" && !strings.Contains(name, "://") {
			return name
		}
	}
	return ""
}

// firstLine returns the first text that is not empty, in one line.
func firstLine(texts ...string) string {
	for _, s := range texts {
		if s = oneLine(s); s != "" {
			return s
		}
	}
	return ""
}

// date returns the first text that begins as dates do, with a year.
func date(texts ...string) string {
	for _, s := range texts {
		s = word(s)
		if len(s) >= 10 && isDigit(s[0]) && isDigit(s[1]) && isDigit(s[2]) && isDigit(s[3]) && s[4] == '-' {
			return s
		}
	}
	return ""
}

// languageTag is a language as BCP 47 writes it: "en-GB" for "en_GB". "" for
// what cannot be one.
func languageTag(language string) string {
	tag := strings.ReplaceAll(language, "_", "-")
	for i, part := range strings.Split(tag, "-") {
		if part == "" || len(part) > 8 || i == 0 && len(part) < 2 || strings.ContainsFunc(part, func(r rune) bool {
			return r >= 0x80 || !isLetter(byte(r)) && (i == 0 || !isDigit(byte(r)))
		}) {
			return ""
		}
	}
	return tag
}

// keywords returns the first of several lists that has any.
func keywords(lists ...[]string) []string {
	for _, list := range lists {
		var kept []string
		for _, k := range list {
			if k = oneLine(k); k != "" && len(k) <= maxWord && len(kept) < maxKeywords {
				kept = append(kept, k)
			}
		}
		if kept != nil {
			return kept
		}
	}
	return nil
}
