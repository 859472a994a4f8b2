package handlers

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

// expositionType is the content type of the text format of Prometheus.
const expositionType = "text/plain; version=0.0.4; charset=utf-8"

// Kinds of metrics.
const (
	counter = "counter"
	gauge   = "gauge"
)

// exposition writes metrics in the text format of Prometheus. The libraries for
// that are larger than what there is to write by far; the tests read it with
// Prometheus' own parser. An error of the writer stays and is what flush
// answers.
type exposition struct{ w *bufio.Writer }

func newExposition(w io.Writer) exposition { return exposition{bufio.NewWriterSize(w, 64<<10)} }

// family begins a metric; its samples follow.
func (x exposition) family(name, kind, help string) {
	x.put("# HELP ", name, " ", helpEscapes.Replace(help), "\n# TYPE ", name, " ", kind, "\n")
}

// sample is one value of the family that has begun; labels are made by labels.
func (x exposition) sample(name, labels string, v uint64) {
	x.head(name, labels)
	_, _ = x.w.Write(strconv.AppendUint(x.w.AvailableBuffer(), v, 10))
	_ = x.w.WriteByte('\n')
}

// real is a sample that is no whole number.
func (x exposition) real(name, labels string, v float64) {
	x.head(name, labels)
	_, _ = x.w.Write(strconv.AppendFloat(x.w.AvailableBuffer(), v, 'g', -1, 64))
	_ = x.w.WriteByte('\n')
}

func (x exposition) head(name, labels string) {
	if labels == "" {
		x.put(name, " ")
		return
	}
	x.put(name, "{", labels, "} ")
}

func (x exposition) put(parts ...string) {
	for _, s := range parts {
		_, _ = x.w.WriteString(s)
	}
}

func (x exposition) flush() error { return x.w.Flush() }

// labels are pairs of a name and a value, escaped; a first part that was made
// by labels already may stand before them.
func labels(first string, pairs ...string) string {
	var b strings.Builder
	b.WriteString(first)
	for i := 0; i+1 < len(pairs); i += 2 {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(pairs[i])
		b.WriteString(`="`)
		b.WriteString(valueEscapes.Replace(strings.ToValidUTF8(pairs[i+1], "\uFFFD")))
		b.WriteByte('"')
	}
	return b.String()
}

var (
	helpEscapes  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	valueEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)
