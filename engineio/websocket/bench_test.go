package websocket

import (
	"bytes"
	"fmt"
	"testing"
)

// Reading a message allocates nothing.
func BenchmarkNext(b *testing.B) {
	for _, size := range []int{16, 128, 1024, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			c := newConn(&endless{frame: masked(fin|byte(Text), []byte(repeat(size)))}, &Options{}, false)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := c.Next(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// sink is a connection that takes everything.
type sink struct{ endless }

func (s *sink) Write(b []byte) (int, error) { return len(b), nil }

// Nor does answering it.
func BenchmarkEcho(b *testing.B) {
	for _, size := range []int{16, 1024, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			c := newConn(&sink{endless{frame: masked(fin|byte(Text), []byte(repeat(size)))}}, &Options{}, false)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				opcode, data, err := c.Next()
				if err != nil {
					b.Fatal(err)
				}
				if err := c.Write(Frame{Opcode: opcode, Data: data}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMask(b *testing.B) {
	for _, size := range []int{16, 128, 4 << 10, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			payload := make([]byte, size)
			b.SetBytes(int64(size))
			for b.Loop() {
				mask(0x12345678).apply(payload)
			}
		})
	}
}

func BenchmarkInflate(b *testing.B) {
	message := bytes.Repeat([]byte(`{"id":12345,"name":"wren"},`), 200)
	c := newConn(&endless{frame: masked(fin|rsv1|byte(Text), compressed(string(message), 6))}, &Options{}, true)
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.Next(); err != nil {
			b.Fatal(err)
		}
	}
}
