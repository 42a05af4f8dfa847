package contentline

import "strings"

// CRLF is how a line ends in both formats.
const CRLF = "\r\n"

// ordinary is for how many lines there is room from the start: most resources
// have fewer, and of those that have more most are folds of one picture.
const ordinary = 128

const bom = "\uFEFF"

// File is a resource as lines. A change leaves the numbers of the other lines as
// they are: what is removed becomes an empty Line without bytes, what is
// inserted is only seen in String.
type File struct {
	Lines []Line

	format   Format
	bom      bool
	inserted map[int][]byte // physical lines that come before the line of this number
}

// Parse reads a resource. It keeps parts of text. The errors are ErrLineTooLong
// and ErrTooManyLines; everything else is a file.
func Parse(text string, format Format) (*File, error) {
	f := new(File)
	return f, f.Parse(text, format)
}

// Parse reads a resource into the memory of the one before.
func (f *File) Parse(text string, format Format) error {
	*f = File{Lines: f.Lines[:0], format: format}
	if rest, ok := strings.CutPrefix(text, bom); ok {
		f.bom, text = true, rest
	}
	if n := min(strings.Count(text, "\n")+1, ordinary); n > cap(f.Lines) {
		f.Lines = make([]Line, 0, n)
	}
	for len(text) > 0 {
		line, err := logical(text, format)
		switch {
		case err != nil:
			return err
		case len(f.Lines) == MaxLines:
			return ErrTooManyLines
		}
		line.split()
		f.Lines = append(f.Lines, line)
		text = text[len(line.raw):]
	}
	return nil
}

// String returns the resource: the bytes that were read, but for what was
// changed since.
func (f *File) String() string {
	var b strings.Builder
	if f.bom {
		b.WriteString(bom)
	}
	for i := range f.Lines {
		b.Write(f.inserted[i])
		b.WriteString(f.Lines[i].raw)
	}
	if last := f.inserted[len(f.Lines)]; last != nil {
		if n := len(f.Lines); n > 0 && f.lineEnd(n-1) == "" {
			b.WriteString(f.newLineEnd(n))
		}
		b.Write(last)
	}
	return b.String()
}

// SetText gives line i another text, folded anew; its line end stays. A line
// break inside would begin another property: there is none, here and in Insert.
func (f *File) SetText(i int, text string) {
	text = f.oneLine(text)
	line := Line{text: text, raw: string(f.fold(nil, text, f.lineEnd(i), f.newLineEnd(i)))}
	line.split()
	f.Lines[i] = line
}

// SetValue gives line i another value. Its name and parameters stay.
func (f *File) SetValue(i int, value string) {
	l := &f.Lines[i]
	f.SetText(i, l.text[:l.value]+value)
}

// SetParam gives a parameter of line i a value, encoded already; "" removes it.
// A new one comes before the colon. Of several with the same name one is left.
func (f *File) SetParam(i int, name, value string) {
	l := &f.Lines[i]
	var b strings.Builder
	b.WriteString(l.text[:l.nameEnd])
	written := value == ""
	for p := range l.Params() {
		switch {
		case !strings.EqualFold(p.Name, name):
			b.WriteString(";" + l.text[p.start:p.end])
		case !written:
			b.WriteString(";" + p.Name + "=" + value)
			written = true
		}
	}
	if !written {
		b.WriteString(";" + name + "=" + value)
	}
	f.SetText(i, b.String()+l.text[l.value-1:])
}

// Remove takes line i away.
func (f *File) Remove(i int) { f.Lines[i] = Line{} }

// Insert puts a logical line before line i, behind what was inserted there
// before; i may be len(Lines). The line is folded.
func (f *File) Insert(i int, text string) {
	end := f.newLineEnd(i)
	f.InsertRaw(i, string(f.fold(nil, f.oneLine(text), end, end)))
}

// InsertRaw puts physical lines, each with its end, before line i.
func (f *File) InsertRaw(i int, lines string) {
	if f.inserted == nil {
		f.inserted = map[int][]byte{}
	}
	f.inserted[i] = append(f.inserted[i], lines...)
}

// fold appends a logical line that ends with end; the lines before its folds
// end with inner.
func (f *File) fold(b []byte, text, end, inner string) []byte {
	if f.format == Card21 {
		return append(append(b, text...), end...)
	}
	b = appendFolded(b, text, inner)
	return append(b[:len(b)-len(inner)], end...)
}

// lineEnd is how line i ends. A CR alone ends no line of a calendar.
func (f *File) lineEnd(i int) string {
	raw := f.Lines[i].raw
	end := raw[len(trimEnd(raw)):]
	if f.format == Calendar && end == "\r" {
		return ""
	}
	return end
}

// newLineEnd is how a line that comes before line i ends: as the one before it,
// else as the file's first.
func (f *File) newLineEnd(i int) string {
	for ; i > 0; i-- {
		if end := f.lineEnd(i - 1); end != "" {
			return end
		}
	}
	if len(f.Lines) > 0 {
		if end := f.lineEnd(0); end != "" {
			return end
		}
	}
	return CRLF
}

// oneLine returns the text without what would make the next line a part of it: line
// breaks, and a "=" at the end of a value in quoted-printable, which is escaped.
func (f *File) oneLine(text string) string {
	if strings.ContainsAny(text, "\r\n") {
		text = strings.NewReplacer("\r", "", "\n", "").Replace(text)
	}
	if f.format != Calendar && strings.HasSuffix(text, "=") && isQuotedPrintable(text) {
		text += "3D"
	}
	return text
}
