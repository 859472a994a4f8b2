package views

import (
	"math"
	"slices"
	"strconv"
	"time"

	"culvert.internal/cloud"
)

// Charts are the charts of one resource, as the tab ?tab=charts shows them and
// as the script asks for them again.
type Charts struct {
	cloud.Chart
	Page string // the page with the tab, below edition and region
	Note string // what the numbers are the sum of; empty for an endpoint
}

// Plot is one chart: how it is called, its series and its figures in words.
// The page draws it as SVG and as tables; the script gets it as JSON.
type Plot struct {
	ID     string       `json:"id"`     // open, new, bytes, refused
	Kind   string       `json:"kind"`   // "line" or "bars"
	Number string       `json:"number"` // how its values are written: "count", "rate" or "bytes"
	Says   string       `json:"says"`   // title and figures in one sentence
	Series []PlotSeries `json:"series"`

	Title, Unit string `json:"-"`
}

// PlotSeries is one line of a chart with its figures; Total is empty where a
// sum means nothing.
type PlotSeries struct {
	Name    string `json:"name"`
	Latest  string `json:"latest"`
	Highest string `json:"highest"`
	Total   string `json:"total"`
	Values  Values `json:"values"`
}

// Values are a series' numbers; NaN where nothing is known.
type Values []float64

// MarshalJSON writes what is unknown as null.
func (v Values) MarshalJSON() ([]byte, error) {
	out := []byte{'['}
	for i, n := range v {
		if i > 0 {
			out = append(out, ',')
		}
		if math.IsNaN(n) {
			out = append(out, "null"...)
		} else {
			out = strconv.AppendFloat(out, n, 'g', 6, 64)
		}
	}
	return append(out, ']'), nil
}

func (v Values) latest() float64 {
	for _, n := range slices.Backward(v) {
		if !math.IsNaN(n) {
			return n
		}
	}
	return math.NaN()
}

func (v Values) highest() float64 {
	top := math.NaN()
	for _, n := range v {
		if math.IsNaN(top) || n > top {
			top = n
		}
	}
	return top
}

// gaps says whether nobody watched for a part of the charts' time.
func (p Charts) gaps() bool {
	return slices.ContainsFunc(p.Points, func(q cloud.Point) bool { return q.Watched == 0 })
}

// values reads a series off the points.
func (p Charts) values(of func(cloud.Point) int64) Values {
	out := make(Values, len(p.Points))
	for i, q := range p.Points {
		out[i] = math.NaN()
		if q.Watched > 0 {
			out[i] = float64(of(q))
		}
	}
	return out
}

// rates is values per second of the time that was watched; a moment that has
// only begun counts as a fifth of one at least, so that one connection in its
// first instant is no peak.
func (p Charts) rates(of func(cloud.Point) int64) Values {
	out := p.values(of)
	for i, q := range p.Points {
		out[i] /= max(q.Watched, p.Step/5).Seconds()
	}
	return out
}

func (p Charts) total(of func(cloud.Point) int64) (n int64) {
	for _, q := range p.Points {
		n += of(q)
	}
	return n
}

func pointOpen(q cloud.Point) int64    { return q.Open }
func pointPeak(q cloud.Point) int64    { return q.Peak }
func pointNew(q cloud.Point) int64     { return q.New }
func pointIn(q cloud.Point) int64      { return q.In }
func pointOut(q cloud.Point) int64     { return q.Out }
func pointRefused(q cloud.Point) int64 { return q.Refused }

// Plots are the four charts.
func (f *Frame) Plots(p Charts) []Plot {
	span := string(p.Span)
	out := []Plot{
		f.plot("open", "line", "count", f.T("chart.open.unit"),
			PlotSeries{Name: f.T("chart.open.now"), Values: p.values(pointOpen)},
			PlotSeries{Name: f.T("chart.open.peak"), Values: p.values(pointPeak)}),
		f.plot("new", "line", "rate", f.T("chart.new.unit"),
			PlotSeries{Name: f.T("chart.new.all"), Values: p.rates(pointNew), Total: f.count(p.total(pointNew))}),
		f.plot("bytes", "line", "bytes", f.T("chart.bytes.unit"),
			PlotSeries{Name: f.T("endpoint.bytes.in"), Values: p.rates(pointIn), Total: f.Bytes(p.total(pointIn))},
			PlotSeries{Name: f.T("endpoint.bytes.out"), Values: p.rates(pointOut), Total: f.Bytes(p.total(pointOut))}),
		f.plot("refused", "bars", "count", f.T("chart.refused."+span),
			PlotSeries{Name: f.T("chart.refused.all"), Values: p.values(pointRefused), Total: f.count(p.total(pointRefused))}),
	}
	for i := range out {
		out[i].Says = f.says(out[i], span)
	}
	return out
}

func (f *Frame) plot(id, kind, number, unit string, series ...PlotSeries) Plot {
	p := Plot{ID: id, Kind: kind, Number: number, Title: f.T("chart." + id), Unit: unit, Series: series}
	for i, s := range series {
		series[i].Latest, series[i].Highest = f.number(p, s.Values.latest()), f.number(p, s.Values.highest())
	}
	return p
}

// says is the chart in a sentence, for who does not see it.
func (f *Frame) says(p Plot, span string) string {
	var figures []string
	for _, s := range p.Series {
		key := "chart.says.series"
		if s.Total != "" {
			key = "chart.says.total"
		}
		figures = append(figures, f.T(key, "name", s.Name, "latest", s.Latest, "highest", s.Highest, "total", s.Total))
	}
	return f.T("chart.says", "title", p.Title, "span", f.T("chart.span."+span), "unit", p.Unit, "figures", f.sentences(figures))
}

func (f *Frame) count(n int64) string { return strconv.FormatInt(n, 10) }

// number writes a value of a chart; static/chart.js writes the axes alike.
func (f *Frame) number(p Plot, n float64) string {
	switch {
	case math.IsNaN(n):
		return "–"
	case p.Number == "bytes":
		return f.Bytes(int64(math.Round(n))) + "/s"
	case p.Number == "rate":
		return rate(n) + "/s"
	}
	return strconv.FormatFloat(n, 'f', 0, 64)
}

// rate writes a small number with two digits that count.
func rate(n float64) string {
	switch {
	case n == 0 || n >= 100:
		return strconv.FormatFloat(n, 'f', 0, 64)
	case n >= 10:
		return strconv.FormatFloat(n, 'f', 1, 64)
	}
	return strconv.FormatFloat(n, 'g', 2, 64)
}

// ChartRow is a line of the table: one moment, or several alike in which
// nothing passed or nobody watched.
type ChartRow struct {
	From  int64    `json:"from"`            // Unix seconds
	To    int64    `json:"to,omitempty"`    // the last of several moments' end
	Cells []string `json:"cells,omitempty"` // as ChartColumns heads them
	Says  string   `json:"says,omitempty"`  // instead of cells
}

// Rows are the charts as a table, newest first.
func (f *Frame) Rows(p Charts) []ChartRow {
	var out []ChartRow
	for _, q := range slices.Backward(p.Points) {
		row := ChartRow{From: q.Time.Unix()}
		switch {
		case q.Watched == 0:
			row.Says = f.T("chart.unknown")
		case q == cloud.Point{Time: q.Time, Watched: q.Watched}:
			row.Says = f.T("chart.nothing")
		default:
			row.Cells = []string{
				f.count(q.Open), f.count(q.Peak), f.count(q.New), f.Bytes(q.In), f.Bytes(q.Out), f.count(q.Refused),
			}
		}
		if n := len(out) - 1; n >= 0 && row.Says != "" && out[n].Says == row.Says {
			out[n].From = row.From
			continue
		}
		if row.Says != "" {
			row.To = q.Time.Add(p.Step).Unix()
		}
		out = append(out, row)
	}
	return out
}

// chartColumns head the cells of a row.
func (f *Frame) chartColumns() []string {
	out := []string{}
	for _, id := range []string{"open", "peak", "new", "in", "out", "refused"} {
		out = append(out, f.T("chart.table."+id))
	}
	return out
}

// chartLink is the tab at a span; hour goes without saying.
func (f *Frame) chartLink(p Charts, span cloud.Span) string {
	return f.Link(p.Page + "?tab=charts&range=" + string(span))
}

func (f *Frame) chartData(p Charts) string { return f.Link(p.Page + "/charts?range=" + string(p.Span)) }

// moment is a time of a chart on the host's clock; the script puts it on the
// reader's.
func (f *Frame) moment(t time.Time, span cloud.Span) string {
	if span == cloud.LastDay {
		return t.Local().Format("01-02 15:04")
	}
	return t.Local().Format("15:04:05")
}
