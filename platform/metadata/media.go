package metadata

import (
	"io"
	"net/url"
	"path"
	"strings"

	"github.com/sockethub/sockethub/platform/webfetch"
)

// maxMediaHead is how much of a picture is read for its size.
const maxMediaHead = 64 << 10

// isMedia knows the types that make a preview by themselves.
func isMedia(mediaType string) bool {
	kind, _, _ := strings.Cut(mediaType, "/")
	return kind == "image" || kind == "video" || kind == "audio" || mediaType == "application/pdf"
}

// mediaPreview is the preview of an address that is a picture, a video, a sound
// or a document: its file's name for a title, and itself.
func mediaPreview(asked *url.URL, response *webfetch.Response, mediaType string) (*preview, error) {
	at := response.URL
	p := &preview{title: fileName(at), mediaType: word(mediaType), favicon: (&facts{}).favicon(asked, at, at)}
	if at.String() != asked.String() {
		p.finalURL = at.String()
	}
	bare := *at
	bare.Fragment, bare.RawFragment = "", ""
	switch kind, _, _ := strings.Cut(mediaType, "/"); kind {
	case "image":
		one := image{url: bare.String(), kind: p.mediaType}
		head, err := io.ReadAll(io.LimitReader(response.Body, maxMediaHead))
		if err != nil {
			return nil, err
		}
		if len(head) == 0 {
			return nil, errNotFound
		}
		if width, height := imageSize(head); width > 0 && height > 0 {
			one.width, one.height = float64(width), float64(height)
		}
		p.images = []image{one}
	case "video":
		p.video = &video{url: bare.String(), kind: p.mediaType}
	case "audio":
		p.audio = &medium{url: bare.String(), mediaType: p.mediaType}
	}
	return p.finish(asked, at), nil
}

// fileName is the last part of an address's path, or its host.
func fileName(u *url.URL) string {
	name := path.Base(u.Path)
	if name == "." || name == "/" {
		return u.Hostname()
	}
	return oneLine(strings.ToValidUTF8(name, "\uFFFD"))
}
