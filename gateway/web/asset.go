package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// asset is one file that is served. Its bytes are made when it is first asked
// for, so that a server is ready without having compressed anything.
type asset struct {
	contentType string
	load        func() content
}

type content struct {
	plain, gzipped []byte // gzipped is nil where it would not be smaller
	etag           string // weak: the same for both forms
}

func newAsset(contentType string, make func() []byte) *asset {
	return &asset{contentType, sync.OnceValue(func() content {
		body := make()
		sum := sha256.Sum256(body)
		return content{body, compress(body), `W/"` + hex.EncodeToString(sum[:8]) + `"`}
	})}
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request, modified time.Time) {
	c := a.load()
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", "public, max-age=0")
	h.Set("ETag", c.etag)
	body := c.plain
	if c.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		// A range counts the bytes of the plain form.
		if r.Header.Get("Range") == "" && acceptsGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			h.Set("Content-Length", strconv.Itoa(len(c.gzipped)))
			body = c.gzipped
		}
	}
	http.ServeContent(w, r, "", modified, bytes.NewReader(body))
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	_, _ = z.Write(body)
	if z.Close() != nil || b.Len() >= len(body) {
		return nil
	}
	return b.Bytes()
}

// acceptsGzip reads Accept-Encoding (RFC 9110, section 12.5.3) as far as gzip
// is concerned.
func acceptsGzip(header string) bool {
	for item := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(item, ";")
		if name = strings.ToLower(strings.TrimSpace(name)); name != "gzip" && name != "*" {
			continue
		}
		q := strings.TrimSpace(params)
		return !strings.HasPrefix(q, "q=0") || strings.Trim(q[len("q=0"):], ".0") != ""
	}
	return false
}

var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".mjs":  "text/javascript; charset=utf-8",
	".ts":   "text/plain; charset=utf-8",
	".map":  "application/json; charset=utf-8",
	".json": "application/json; charset=utf-8",
	".xml":  "application/xml",
	".svg":  "image/svg+xml",
	".ico":  "image/vnd.microsoft.icon",
	".png":  "image/png",
}

func contentType(name string) string { return contentTypes[path.Ext(name)] }
