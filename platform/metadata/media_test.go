package metadata

import (
	"bytes"
	"encoding/hex"
	stdimage "image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// pictures are pictures of 300 by 200 pixels in formats that the standard
// library writes.
func pictures(t testing.TB) map[string][]byte {
	t.Helper()
	picture := stdimage.NewPaletted(stdimage.Rect(0, 0, 300, 200), color.Palette{color.Black, color.White})
	var p, j, g bytes.Buffer
	for _, err := range []error{png.Encode(&p, picture), jpeg.Encode(&j, picture, nil), gif.Encode(&g, picture, nil)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	// A JPEG with a thumbnail in front, as cameras write it.
	exif := append([]byte("\xFF\xD8\xFF\xE1\x40\x00"), make([]byte, 0x3FFE)...)
	exif = append(append(exif, 0xFF), j.Bytes()[2:]...)
	return map[string][]byte{"png": p.Bytes(), "jpeg": j.Bytes(), "gif": g.Bytes(), "exif": exif}
}

func TestImageSize(t *testing.T) {
	for name, data := range pictures(t) {
		if w, h := imageSize(data); w != 300 || h != 200 {
			t.Errorf("%s: %d x %d", name, w, h)
		}
	}
	tests := []struct {
		name, hex     string
		width, height int
	}{
		{"WebP, lossy", "52494646 24000000 57454250 56503820 18000000 30010 09d012a 2c01c800 0000", 300, 200},
		{"WebP, lossy, scaled", "52494646 24000000 57454250 56503820 18000000 30010 09d012a 2c41c880 0000", 300, 200},
		{"WebP, lossless", "52494646 24000000 57454250 5650384c 18000000 2f 2bc13100 0000000000", 300, 200},
		{"WebP, extended", "52494646 24000000 57454250 56503858 0a000000 00000000 2b0100 c70000", 300, 200},
		{"WebP, extended, with carries", "52494646 24000000 57454250 56503858 0a000000 00000000 ff0300 ff0100", 1024, 512},
		{"BMP", "424d 00000000 00000000 36000000 28000000 2c010000 c8000000", 300, 200},
		{"BMP from the top", "424d 00000000 00000000 36000000 28000000 2c010000 38ffffff", 300, 200},
		{"icon", "0000 0100 0100 2010", 32, 16},
		{"large icon", "0000 0100 0100 0000", 256, 256},
		{"AVIF", "00000020 66747970 61766966 00000000 00000014 69737065 00000000 0000012c 000000c8 00000014 69737065 00000000 00000010 00000010", 300, 200},
		{"other ISO file", "00000020 66747970 6d703432 00000000 00000014 69737065 00000000 0000012c 000000c8", 0, 0},
		{"PNG that lies", "89504e470d0a1a0a 0000000d 49484452 ffffffff 000000c8", 0, 0},
		{"JPEG without a frame", "ffd8 ffe0 0002 ffda 0002 0000", 0, 0},
		{"JPEG with a bad segment", "ffd8 ffe0 0001 ffc0 0000 0000", 0, 0},
		{"JPEG that is none", "ffd8 ff00", 0, 0},
		{"nothing", "", 0, 0},
		{"short", "89504e470d0a1a0a", 0, 0},
	}
	for _, tt := range tests {
		data, err := hex.DecodeString(strings.ReplaceAll(tt.hex, " ", ""))
		if err != nil {
			t.Fatal(tt.name, err)
		}
		if w, h := imageSize(data); w != tt.width || h != tt.height {
			t.Errorf("%s: %d x %d, want %d x %d", tt.name, w, h, tt.width, tt.height)
		}
	}
}

// No bytes make a size below zero or above what is believed, or take long.
func FuzzImageSize(f *testing.F) {
	for _, data := range pictures(f) {
		f.Add(data[:min(len(data), 512)])
	}
	f.Add([]byte("RIFF\x24\x00\x00\x00WEBPVP8L\x18\x00\x00\x00\x2f\x2b\xc1\x31\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x00\x00\x00\x20ftypavif\x00\x00\x00\x00\x00\x00\x00\x14ispe\x00\x00\x00\x00\x00\x00\x01\x2c\x00\x00\x00\xc8"))
	f.Fuzz(func(t *testing.T, head []byte) {
		if w, h := imageSize(head); w < 0 || h < 0 || w > 1<<24 || h > 1<<24 {
			t.Errorf("%d x %d: %x", w, h, head)
		}
	})
}

func TestMedia(t *testing.T) {
	files := pictures(t)
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/dir/a%20picture.png", "/dir/a picture.png":
			w.Header().Set("Content-Type", "image/png")
			w.Write(files["png"])
		case "/big.jpg":
			w.Header().Set("Content-Type", "IMAGE/JPEG; x=y")
			w.Header().Set("Content-Length", "50000000")
			w.Write(files["jpeg"])
			w.Write(make([]byte, maxMediaHead))
		case "/film.mp4":
			w.Header().Set("Content-Type", "video/mp4")
			w.Header().Set("Content-Length", "50000000")
		case "/":
			w.Header().Set("Content-Type", "audio/ogg")
		case "/paper":
			w.Header().Set("Content-Type", "application/pdf")
		case "/empty.gif":
			w.Header().Set("Content-Type", "image/gif")
		case "/zip":
			w.Header().Set("Content-Type", "application/zip")
		}
	})
	p := newTest(t, settings{})
	tests := []struct{ path, want string }{
		{"/dir/a%20picture.png", `{"type":"page","title":"a picture.png","name":"HOST","description":"","image":[{"url":"SITE/dir/a%20picture.png","type":"image/png","width":300,"height":200}],"favicon":"/favicon.ico","mediaType":"image/png"}`},
		{"/big.jpg", `{"type":"page","title":"big.jpg","name":"HOST","description":"","image":[{"url":"SITE/big.jpg","type":"image/jpeg","width":300,"height":200}],"favicon":"/favicon.ico","mediaType":"image/jpeg"}`},
		{"/film.mp4", `{"type":"page","title":"film.mp4","name":"HOST","description":"","video":{"url":"SITE/film.mp4","mediaType":"video/mp4"},"favicon":"/favicon.ico","mediaType":"video/mp4"}`},
		{"/", `{"type":"page","title":"HOST","name":"HOST","description":"","favicon":"/favicon.ico","mediaType":"audio/ogg","audio":{"url":"SITE/","mediaType":"audio/ogg"}}`},
		{"/paper", `{"type":"page","title":"paper","name":"HOST","description":"","favicon":"/favicon.ico","mediaType":"application/pdf"}`},
		{"/empty.gif", `Error: Page not found`},
		{"/zip", `Error: Page must return a header content-type with text/`},
	}
	for _, tt := range tests {
		answer := strings.NewReplacer(s.URL, "SITE", `"127.0.0.1"`, `"HOST"`).Replace(ask(t.Context(), p, s.URL+tt.path))
		if !strings.Contains(answer, tt.want) {
			t.Errorf("%s:\n got %s\nwant %s", tt.path, answer, tt.want)
		}
	}
}
