package views

import (
	"math"
	"strconv"
	"strings"
)

// The size of a chart's drawing in its own units; it is stretched to its place.
const (
	plotWidth  = 720
	plotHeight = 160
)

// top is the value at the upper edge of a chart, a round number above all its
// values.
func (p Plot) top() float64 {
	most := 0.0
	for _, s := range p.Series {
		if h := s.Values.highest(); h > most {
			most = h
		}
	}
	if most == 0 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(most)))
	for _, n := range []float64{1, 2, 5} {
		if most <= n*unit {
			return n * unit
		}
	}
	return 10 * unit
}

// path draws a series: a line that breaks where nothing is known, or a stroke
// for each value that is not 0.
func (p Plot) path(s PlotSeries) string {
	var d strings.Builder
	top, pen := p.top(), false
	for i, n := range s.Values {
		if math.IsNaN(n) || p.Kind == "bars" && n == 0 {
			pen = false
			continue
		}
		x, y := plotX(float64(i)+.5, len(s.Values)), plotNumber(plotHeight-n/top*(plotHeight-4))
		switch {
		case p.Kind == "bars":
			d.WriteString("M" + x + " " + strconv.Itoa(plotHeight) + "V" + y)
		case !pen:
			// As wide as its moment, so that a value alone is seen.
			d.WriteString("M" + plotX(float64(i), len(s.Values)) + " " + y + "H" + plotX(float64(i+1), len(s.Values)))
			pen = true
		default:
			d.WriteString("L" + x + " " + y)
		}
	}
	return d.String()
}

// gap are the areas in which nothing is known.
func (p Plot) gap() string {
	var d strings.Builder
	values := p.Series[0].Values
	for i := 0; i < len(values); i++ {
		begin := i
		for i < len(values) && math.IsNaN(values[i]) {
			i++
		}
		if i > begin {
			d.WriteString("M" + plotX(float64(begin), len(values)) + " 0H" + plotX(float64(i), len(values)) + "V" + strconv.Itoa(plotHeight) +
				"H" + plotX(float64(begin), len(values)) + "z")
		}
	}
	return d.String()
}

func plotX(i float64, n int) string { return plotNumber(i / float64(n) * plotWidth) }

func plotNumber(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
