package metadata

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// imageSize returns the width and height of a picture in pixels by its first
// bytes: PNG, GIF, JPEG, WebP, BMP, icons, AVIF. 0 when they do not tell.
func imageSize(head []byte) (width, height int) {
	switch {
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")) && len(head) >= 24:
		return sizes(binary.BigEndian.Uint32(head[16:]), binary.BigEndian.Uint32(head[20:]))
	case (bytes.HasPrefix(head, []byte("GIF87a")) || bytes.HasPrefix(head, []byte("GIF89a"))) && len(head) >= 10:
		return int(binary.LittleEndian.Uint16(head[6:])), int(binary.LittleEndian.Uint16(head[8:]))
	case bytes.HasPrefix(head, []byte("\xFF\xD8\xFF")):
		return jpegSize(head)
	case len(head) >= 30 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return webpSize(head)
	case bytes.HasPrefix(head, []byte("BM")) && len(head) >= 26:
		height := binary.LittleEndian.Uint32(head[22:])
		return sizes(binary.LittleEndian.Uint32(head[18:]), min(height, -height)) // negative: from the top down
	case bytes.HasPrefix(head, []byte("\x00\x00\x01\x00")) && len(head) >= 8:
		return byteSize(head[6]), byteSize(head[7])
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return avifSize(head)
	}
	return 0, 0
}

// maxSide is the longest side that is believed, in pixels.
const maxSide = 1 << 20

func sizes(width, height uint32) (int, int) {
	if width > maxSide || height > maxSide {
		return 0, 0
	}
	return int(width), int(height)
}

// byteSize is a side of an icon, where 0 means 256.
func byteSize(b byte) int {
	if b == 0 {
		return 256
	}
	return int(b)
}

// jpegSize goes from segment to segment to the one that begins a frame (ITU-T
// T.81, annex B). A frame on its side, by its EXIF, is told as it is stored.
func jpegSize(head []byte) (int, int) {
	for i := 2; i+9 <= len(head); {
		if head[i] != 0xFF {
			return 0, 0
		}
		marker := head[i+1]
		switch {
		case marker == 0xFF: // padding
			i++
			continue
		case marker == 0x01 || marker >= 0xD0 && marker <= 0xD8: // no segment
			i += 2
			continue
		case marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC:
			return int(binary.BigEndian.Uint16(head[i+7:])), int(binary.BigEndian.Uint16(head[i+5:]))
		case marker == 0xD9 || marker == 0xDA:
			return 0, 0
		}
		length := int(binary.BigEndian.Uint16(head[i+2:]))
		if length < 2 {
			return 0, 0
		}
		i += 2 + length
	}
	return 0, 0
}

// webpSize reads the first chunk (RFC 9649, section 2).
func webpSize(head []byte) (int, int) {
	switch string(head[12:16]) {
	case "VP8 ":
		if string(head[23:26]) != "\x9d\x01\x2a" {
			return 0, 0
		}
		return int(binary.LittleEndian.Uint16(head[26:]) & 0x3FFF), int(binary.LittleEndian.Uint16(head[28:]) & 0x3FFF)
	case "VP8L":
		if head[20] != 0x2F {
			return 0, 0
		}
		bits := binary.LittleEndian.Uint32(head[21:])
		return int(bits&0x3FFF) + 1, int(bits>>14&0x3FFF) + 1
	case "VP8X":
		return 1 + (int(head[24]) | int(head[25])<<8 | int(head[26])<<16), 1 + (int(head[27]) | int(head[28])<<8 | int(head[29])<<16)
	}
	return 0, 0
}

// avifSize takes the largest of the sizes that the properties of an AVIF or HEIF
// file name (ISO/IEC 23008-12, section 6.5.3): others are those of tiles and
// thumbnails.
func avifSize(head []byte) (width, height int) {
	switch brand := string(head[8:12]); {
	case brand == "avif", brand == "avis", brand == "mif1", strings.HasPrefix(brand, "hei"):
	default:
		return 0, 0
	}
	for {
		i := bytes.Index(head, []byte("ispe"))
		if i < 0 || i+16 > len(head) {
			return width, height
		}
		if w, h := sizes(binary.BigEndian.Uint32(head[i+8:]), binary.BigEndian.Uint32(head[i+12:])); w*h > width*height {
			width, height = w, h
		}
		head = head[i+4:]
	}
}
