package websocket

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// The cases follow the sections of the Autobahn test suite's catalogue and were
// written from RFC 6455: an echo server has to answer exactly so. Where the
// catalogue lets a lenient server pass, the strict answer is asked for. Section 8
// does not exist, 11 is about draft versions; 12 is in deflate_test.go.

// step is what a client sends, and what the server has to answer to it.
type step struct {
	send []byte
	chop int // write so many bytes at a time; 0: all at once
	want []received
}

type conformanceCase struct {
	name  string
	steps []step
	close Code // what the server closes with; 0: nothing, the client closes with 1000
}

func echoed(opcode Opcode, payload string) received { return received{fin | byte(opcode), payload} }

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// repeat returns n bytes that are text.
func repeat(n int) string { return strings.Repeat("*", n) }

// fragments cuts a message into frames of at most n bytes.
func fragments(opcode Opcode, message string, n int) []byte {
	var out []byte
	first := byte(opcode)
	for {
		part := message[:min(n, len(message))]
		message = message[len(part):]
		if message == "" {
			return append(out, masked(first|fin, []byte(part))...)
		}
		out = append(out, masked(first, []byte(part))...)
		first = byte(continuation)
	}
}

func TestConformance(t *testing.T) {
	server := serve(t, &Options{MaxMessage: 32 << 20, MaxBuffered: 64 << 20, WriteTimeout: patience}, func(c *Conn) { echo(c) })
	sections := [][]conformanceCase{
		framing(), pings(), reservedBits(), opcodes(), fragmentation(), encoding(), closingHandshake(), limits(),
	}
	for _, section := range sections {
		for _, c := range section {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				client := dial(t, server, "")
				for _, s := range c.steps {
					sent := make(chan struct{})
					go func() { // so that large answers are read meanwhile
						defer close(sent)
						client.chopped(cmp.Or(s.chop, len(s.send)), s.send)
					}()
					client.expect(s.want...)
					<-sent
				}
				if c.close != 0 {
					client.expectClose(c.close)
					return
				}
				client.send(closeFrame(1000, ""))
				client.expectClose(NormalClosure)
			})
		}
	}
}

// framing is section 1: messages of all lengths whose encoding differs.
func framing() []conformanceCase {
	var cases []conformanceCase
	for i, opcode := range []Opcode{Text, Binary} {
		for j, n := range []int{0, 125, 126, 127, 128, 65535, 65536} {
			message := repeat(n)
			cases = append(cases, conformanceCase{
				name:  fmt.Sprintf("1.%d.%d message of %d bytes", i+1, j+1, n),
				steps: []step{{send: masked(fin|byte(opcode), []byte(message)), want: []received{echoed(opcode, message)}}},
			})
		}
		message := repeat(65536)
		cases = append(cases, conformanceCase{
			name:  fmt.Sprintf("1.%d.8 message of 65536 bytes in pieces of 997", i+1),
			steps: []step{{send: masked(fin|byte(opcode), []byte(message)), chop: 997, want: []received{echoed(opcode, message)}}},
		})
	}
	return cases
}

// pings is section 2.
func pings() []conformanceCase {
	ask := func(payload string) []byte { return masked(fin|byte(ping), []byte(payload)) }
	answer := func(payload string) received { return received{fin | byte(pong), payload} }
	unasked := masked(fin|byte(pong), []byte("unsolicited pong payload"))
	var ten []byte
	var tenAnswers []received
	for i := range 10 {
		ten = append(ten, ask(fmt.Sprint("payload-", i))...)
		tenAnswers = append(tenAnswers, answer(fmt.Sprint("payload-", i)))
	}
	one := func(s step) []step { return []step{s} }
	return []conformanceCase{
		{"2.1 ping without payload", one(step{send: ask(""), want: []received{answer("")}}), 0},
		{"2.2 ping with text", one(step{send: ask("Hello, world!"), want: []received{answer("Hello, world!")}}), 0},
		{"2.3 ping with bytes that are no text", one(step{send: ask("\x00\xff\xfe\xfd\xfc\xfb\x00\xff"), want: []received{answer("\x00\xff\xfe\xfd\xfc\xfb\x00\xff")}}), 0},
		{"2.4 ping of 125 bytes", one(step{send: ask(repeat(125)), want: []received{answer(repeat(125))}}), 0},
		{"2.5 ping of 126 bytes", one(step{send: ask(repeat(126))}), ProtocolError},
		{"2.6 ping of 125 bytes, byte by byte", one(step{send: ask(repeat(125)), chop: 1, want: []received{answer(repeat(125))}}), 0},
		{"2.7 pong unasked", one(step{send: masked(fin|byte(pong), nil)}), 0},
		{"2.8 pong unasked with payload", one(step{send: unasked}), 0},
		{"2.9 pong unasked, then ping", one(step{send: join(unasked, ask("x")), want: []received{answer("x")}}), 0},
		{"2.10 ten pings", one(step{send: ten, want: tenAnswers}), 0},
		{"2.11 ten pings, byte by byte", one(step{send: ten, chop: 1, want: tenAnswers}), 0},
	}
}

// reservedBits is section 3.
func reservedBits() []conformanceCase {
	hello := []byte("Hello, world!")
	after := func(first byte) []byte {
		return join(text("Hello, world!"), masked(first, hello), masked(fin|byte(ping), nil))
	}
	before := []received{echoed(Text, "Hello, world!")}
	return []conformanceCase{
		{"3.1 RSV1", []step{{send: masked(fin|rsv1|byte(Text), hello)}}, ProtocolError},
		{"3.2 RSV2 after a message", []step{{send: after(fin | rsv2 | byte(Text)), want: before}}, ProtocolError},
		{"3.3 RSV2 and RSV3 after a message", []step{{send: text("Hello, world!"), want: before}, {send: masked(fin|rsv2|rsv3|byte(Text), hello)}}, ProtocolError},
		{"3.4 RSV1 after a message, byte by byte", []step{{send: after(fin | rsv1 | byte(Text)), chop: 1, want: before}}, ProtocolError},
		{"3.5 RSV1 and RSV3, binary", []step{{send: masked(fin|rsv1|rsv3|byte(Binary), hello)}}, ProtocolError},
		{"3.6 RSV1 and RSV2, ping", []step{{send: masked(fin|rsv1|rsv2|byte(ping), hello)}}, ProtocolError},
		{"3.7 all three, close", []step{{send: masked(fin|rsv1|rsv2|rsv3|byte(closing), hello)}}, ProtocolError},
	}
}

// opcodes is section 4: those that mean nothing.
func opcodes() []conformanceCase {
	var cases []conformanceCase
	for i, opcode := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		frame := masked(fin|opcode, nil)
		if i%2 == 1 {
			frame = masked(fin|opcode, []byte("reserved opcode"))
		}
		c := conformanceCase{
			name:  fmt.Sprintf("4.%d.%d opcode %d", i/5+1, i%5+1, opcode),
			steps: []step{{send: frame}},
			close: ProtocolError,
		}
		if i%5 > 1 {
			c.steps = []step{{send: join(text("Hello"), frame, masked(fin|byte(ping), nil)), want: []received{echoed(Text, "Hello")}}}
		}
		if i%5 > 2 {
			c.steps[0].chop = 1
		}
		cases = append(cases, c)
	}
	return cases
}

// fragmentation is section 5.
func fragmentation() []conformanceCase {
	begin := masked(byte(Text), []byte("fragment1"))
	more := masked(byte(continuation), []byte("fragment2"))
	end := masked(fin|byte(continuation), []byte("fragment2"))
	interrupt := masked(fin|byte(ping), []byte("ping payload"))
	whole := []received{echoed(Text, "fragment1fragment2")}
	ponged := append([]received{{fin | byte(pong), "ping payload"}}, whole...)
	single := text("Hello, world!")
	five := join(begin, more, interrupt, more, more, interrupt, end)
	fiveAnswers := []received{ponged[0], ponged[0], echoed(Text, "fragment1"+strings.Repeat("fragment2", 4))}
	nothing := func(name string, first byte) []conformanceCase {
		orphan := masked(first, []byte("non-continuation payload"))
		return []conformanceCase{
			{name, []step{{send: join(orphan, single)}}, ProtocolError},
			{name + ", frame by frame", []step{{send: orphan}, {send: single}}, ProtocolError},
			{name + ", byte by byte", []step{{send: join(orphan, single), chop: 1}}, ProtocolError},
		}
	}
	cases := []conformanceCase{
		{"5.1 ping in two fragments", []step{{send: join(masked(byte(ping), []byte("a")), masked(fin|byte(continuation), []byte("b")))}}, ProtocolError},
		{"5.2 pong in two fragments", []step{{send: join(masked(byte(pong), []byte("a")), masked(fin|byte(continuation), []byte("b")))}}, ProtocolError},
		{"5.3 text in two fragments", []step{{send: join(begin, end), want: whole}}, 0},
		{"5.4 text in two fragments, frame by frame", []step{{send: begin}, {send: end, want: whole}}, 0},
		{"5.5 text in two fragments, byte by byte", []step{{send: join(begin, end), chop: 1, want: whole}}, 0},
		{"5.6 a ping in between", []step{{send: join(begin, interrupt, end), want: ponged}}, 0},
		{"5.7 a ping in between, frame by frame", []step{{send: join(begin, interrupt), want: ponged[:1]}, {send: end, want: whole}}, 0},
		{"5.8 a ping in between, byte by byte", []step{{send: join(begin, interrupt, end), chop: 1, want: ponged}}, 0},
		{"5.15 a continuation after the last", []step{{send: join(begin, end, more, single), want: whole}}, ProtocolError},
		{"5.16 a continuation of nothing, then fragments", []step{{send: join(more, begin, end, more, begin, end)}}, ProtocolError},
		{"5.17 a final continuation of nothing, then fragments", []step{{send: join(end, begin, end, end, begin, end)}}, ProtocolError},
		{"5.18 the second fragment says text", []step{{send: join(begin, text("fragment2"))}}, ProtocolError},
		{"5.19 five fragments with pings", []step{{send: five, want: fiveAnswers}}, 0},
		{"5.20 five fragments with pings, byte by byte", []step{{send: five, chop: 1, want: fiveAnswers}}, 0},
	}
	cases = append(cases, nothing("5.9 to 5.11 a final continuation of nothing", fin|byte(continuation))...)
	return append(cases, nothing("5.12 to 5.14 a continuation of nothing", byte(continuation))...)
}

// encoding is section 6: UTF-8, valid or not, whole and in fragments of a byte.
func encoding() []conformanceCase {
	const valid = "Hello-\u00b5@\u00df\u00f6\u00e4\u00fc\u00e0\u00e1-UTF-8!!"
	kosme := "\u03ba\u1f79\u03c3\u03bc\u03b5"
	cases := []conformanceCase{
		{"6.1.1 empty text", []step{{send: text(""), want: []received{echoed(Text, "")}}}, 0},
		{"6.1.2 three empty fragments", []step{{send: join(masked(byte(Text), nil), masked(0, nil), masked(fin, nil)), want: []received{echoed(Text, "")}}}, 0},
		{"6.1.3 the middle one of three is not empty", []step{{send: join(masked(byte(Text), nil), masked(0, []byte("middle")), masked(fin, nil)), want: []received{echoed(Text, "middle")}}}, 0},
		{"6.2.1 valid", []step{{send: text(valid), want: []received{echoed(Text, valid)}}}, 0},
		{"6.2.2 valid, in two", []step{{send: fragments(Text, valid, 12), want: []received{echoed(Text, valid)}}}, 0},
		{"6.2.3 valid, in fragments of a byte", []step{{send: fragments(Text, valid, 1), want: []received{echoed(Text, valid)}}}, 0},
		{"6.2.4 valid, in fragments of a byte", []step{{send: fragments(Text, kosme, 1), want: []received{echoed(Text, kosme)}}}, 0},
		{"6.3.1 invalid", []step{{send: text(kosme + "\xed\xa0\x80edited")}}, InvalidPayload},
		{"6.3.2 invalid, in fragments of a byte", []step{{send: fragments(Text, kosme+"\xed\xa0\x80edited", 1)}}, InvalidPayload},
		// The server fails as soon as no byte could complete the character: the
		// rest is never sent.
		{"6.4.1 invalid in the second fragment", []step{{send: join(masked(byte(Text), []byte(kosme)), masked(0, []byte("\xf4\x90\x80\x80")))}}, InvalidPayload},
		{"6.4.2 invalid at the second byte of a character", []step{{send: join(masked(byte(Text), []byte(kosme+"\xf4")), masked(0, []byte("\x90")))}}, InvalidPayload},
		{"6.4.3 invalid in the middle of a frame", []step{{send: masked(fin|byte(Text), []byte(kosme+"\xf4\x90\x80\x80edited"+repeat(2000)))[:500]}}, InvalidPayload},
		{"6.4.3 invalid in the middle of a small frame", []step{{send: masked(fin|byte(Text), []byte(kosme+"\xf4\x90\x80\x80edited"))[:6+13]}}, InvalidPayload},
		{"6.4.4 invalid at the second byte, in the middle of a frame", []step{{send: masked(fin|byte(Text), []byte(kosme+"\xf4\x90"+repeat(2000)))[:21]}}, InvalidPayload},
	}
	for i, s := range []string{
		kosme, "\u0000", "\u0080", "\u0800", "\U00010000", // first of each length
		"\u007f", "\u07ff", "\uffff", "\U0010ffff", // last of each
		"\ud7ff", "\ue000", "\ufffd", // around what is left out
		"\ufffe", "\uffff", "\U0001fffe", "\U0001ffff", "\U0010fffe", "\U0010ffff", // noncharacters are characters
		"\ufeff\u0000\u0001\u001f\u007f", "a\u0301\U0001f469\u200d\U0001f680",
	} {
		for name, send := range map[string][]byte{"": text(s), ", in fragments of a byte": fragments(Text, s, 1)} {
			cases = append(cases, conformanceCase{fmt.Sprintf("6.5 to 6.22 valid %d %+q%s", i, s, name), []step{{send: send, want: []received{echoed(Text, s)}}}, 0})
		}
	}
	for _, digits := range []string{
		"ce", "cebae1", "cebae1bd", "cebae1bdb9cf", "cebae1bdb9cf83ce", // 6.6: cut off
		"f888808080", "fc8480808080", "f7bfbfbf", "fbbfbfbfbf", "fdbfbfbfbfbf", "f4908080", // 6.8, 6.10, 6.11: too large
		"80", "bf", "80bf", "80bf80bf80bf", "8081fe", // 6.12: continuations alone
		"c020c120df20", "e020ef20", "f020f720", "c0", "e080", "f08080", "df", "efbf", "f7bfbf", // 6.13, 6.14: beginnings alone
		"c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf", // 6.15
		"fe", "ff", "fefeffff", // 6.16
		"c0af", "e080af", "f08080af", "f8808080af", "fc80808080af", // 6.17: overlong
		"c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "c080", "e08080", "f0808080", // 6.18, 6.19
		"eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf", "eda080edb080", "edafbfedbfbf", // 6.20, 6.21: surrogates
	} {
		b, err := hex.DecodeString(digits)
		if err != nil {
			panic(err)
		}
		for name, send := range map[string][]byte{"": text(string(b)), ", in fragments of a byte": fragments(Text, string(b), 1), ", long": text(repeat(1000) + string(b))} {
			cases = append(cases, conformanceCase{"6.6 to 6.21 invalid " + digits + name, []step{{send: send}}, InvalidPayload})
		}
	}
	return cases
}

// closingHandshake is section 7.
func closingHandshake() []conformanceCase {
	bye := closeFrame(1000, "")
	hello := []received{echoed(Text, "Hello World!")}
	raw := func(payload string) []byte { return masked(fin|byte(closing), []byte(payload)) }
	cases := []conformanceCase{
		{"7.1.1 a message, then close", []step{{send: join(text("Hello World!"), bye), want: hello}}, NormalClosure},
		{"7.1.2 two close frames", []step{{send: join(bye, bye)}}, NormalClosure},
		{"7.1.3 a ping after close", []step{{send: join(bye, masked(fin|byte(ping), nil))}}, NormalClosure},
		{"7.1.4 text after close", []step{{send: join(bye, text("Hello World!"))}}, NormalClosure},
		{"7.1.5 close inside a fragmented message", []step{{send: join(masked(byte(Text), []byte("a")), bye, masked(fin, []byte("b")))}}, NormalClosure},
		{"7.1.6 a message of 256 KiB, close, ping", []step{{send: join(text(repeat(256<<10)), text("Hello World!"), bye, masked(fin|byte(ping), nil)), want: []received{echoed(Text, repeat(256<<10)), hello[0]}}}, NormalClosure},
		{"7.3.1 close without payload", []step{{send: raw("")}}, NoStatus},
		{"7.3.2 close of one byte", []step{{send: raw("a")}}, ProtocolError},
		{"7.3.3 close with a code", []step{{send: bye}}, NormalClosure},
		{"7.3.4 close with a reason", []step{{send: closeFrame(1000, "Hello World!")}}, NormalClosure},
		{"7.3.5 close with the longest reason", []step{{send: closeFrame(1000, repeat(123))}}, NormalClosure},
		{"7.3.6 close with a longer reason", []step{{send: closeFrame(1000, repeat(124))}}, ProtocolError},
		{"7.5.1 the reason is not UTF-8", []step{{send: closeFrame(1000, "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited")}}, InvalidPayload},
	}
	for i, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999} {
		cases = append(cases, conformanceCase{fmt.Sprintf("7.7.%d close with %d", i+1, code), []step{{send: closeFrame(code, "")}}, Code(code)})
	}
	for i, code := range []int{0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535} {
		cases = append(cases, conformanceCase{fmt.Sprintf("7.9.%d close with %d", i+1, code), []step{{send: closeFrame(code, "")}}, ProtocolError})
	}
	return cases
}

// limits is sections 9 and 10: large messages, whole, in fragments and in pieces.
func limits() []conformanceCase {
	var cases []conformanceCase
	add := func(name string, opcode Opcode, message string, send []byte, chop int) {
		cases = append(cases, conformanceCase{name, []step{{send: send, chop: chop, want: []received{echoed(opcode, message)}}}, 0})
	}
	for i, opcode := range []Opcode{Text, Binary} {
		for j, n := range []int{64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20} {
			add(fmt.Sprintf("9.%d.%d message of %d KiB", i+1, j+1, n>>10), opcode, repeat(n), masked(fin|byte(opcode), []byte(repeat(n))), 0)
		}
		message := repeat(4 << 20)
		for j, n := range []int{64, 1 << 10, 64 << 10, 1 << 20, 4 << 20} {
			add(fmt.Sprintf("9.%d.%d message of 4 MiB in fragments of %d", i+3, j+1, n), opcode, message, fragments(opcode, message, n), 0)
		}
		message = repeat(1 << 20)
		for j, n := range []int{64, 512, 2048} {
			add(fmt.Sprintf("9.%d.%d message of 1 MiB in pieces of %d", i+5, j+1, n), opcode, message, masked(fin|byte(opcode), []byte(message)), n)
		}
		for j, n := range []int{0, 16, 256, 4096} {
			var send []byte
			var want []received
			for range 1000 {
				send = append(send, masked(fin|byte(opcode), []byte(repeat(n)))...)
				want = append(want, echoed(opcode, repeat(n)))
			}
			cases = append(cases, conformanceCase{fmt.Sprintf("9.%d.%d a thousand messages of %d bytes", i+7, j+1, n), []step{{send: send, want: want}}, 0})
		}
	}
	message := repeat(64 << 10)
	add("10.1.1 message of 64 KiB in fragments of 1300", Text, message, fragments(Text, message, 1300), 0)
	return cases
}
