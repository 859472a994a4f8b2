package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
)

// chartJSON is what the script on the page gets.
type chartJSON struct {
	From, To, Step int64
	Times          []int64
	Plots          []struct {
		ID, Kind, Number, Says string
		Series                 []struct {
			Name, Latest, Highest, Total string
			Values                       []*float64
		}
	}
	Rows []struct {
		From, To int64
		Cells    []string
		Says     string
	}
}

func (b *browser) chart(path string) (c chartJSON) {
	b.k.t.Helper()
	p := b.get(path)
	if p.status != http.StatusOK || !strings.HasPrefix(p.header.Get("Content-Type"), "application/json") {
		b.k.t.Fatalf("%s answers %d, %s", path, p.status, p.header.Get("Content-Type"))
	}
	if err := json.Unmarshal([]byte(p.body), &c); err != nil {
		b.k.t.Fatal(err)
	}
	return c
}

// record stores samples as the lab does: ten minutes were watched, up to a
// minute ago, and in one moment of them something happened.
func (k *console) record(samples ...cloud.Sample) {
	k.t.Helper()
	end := k.now().Truncate(cloud.FineStep).Add(-time.Minute)
	var watches []cloud.Watch
	for i := range 60 {
		watches = append(watches, cloud.Watch{Time: end.Add(time.Duration(-i) * cloud.FineStep), Watched: cloud.FineStep})
	}
	for i := range samples {
		samples[i].Time = end.Add(-time.Minute)
	}
	if err := k.engine.RecordSamples(k.t.Context(), k.now(), samples, watches); err != nil {
		k.t.Fatal(err)
	}
}

// The provider sees the sum of the service and the CLB, the consumer the
// endpoint, and neither what is the other's.
func TestChartsOfTwoAccounts(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	k, _, _, e := l.joinFromB(s)
	clb := s.Resources[0].Balancer
	l.k.record(
		cloud.Sample{ID: e.ID, Open: 1, Peak: 3, New: 20, Refused: 4, In: 12_345, Out: 2_000_000},
		cloud.Sample{ID: s.ID, Peak: 4, New: 30, In: 30_000, Out: 9_000_000},
		cloud.Sample{ID: clb, Peak: 5, New: 40, In: 40_000, Out: 9_900_000},
	)
	for _, c := range []struct {
		path    string
		of, not *browser
		figures []string
	}{
		{endpointPath + "/" + e.ID, k, l.browser, []string{"2/s", "20", "1.2 KB/s", "12.3 KB", "200.0 KB/s", "2.0 MB", "4"}},
		{servicePath + "/" + s.ID, l.browser, k, []string{"3/s", "30", "3.0 KB/s", "30.0 KB", "9.0 MB"}},
		{clbPath + "/" + clb, l.browser, k, []string{"4/s", "40", "4.0 KB/s", "40.0 KB", "9.9 MB"}},
	} {
		p := c.of.get(c.path + "?tab=charts")
		for _, want := range c.figures {
			found := false
			p.Find("[data-figure]").Each(func(_ int, s *goquery.Selection) { found = found || s.Text() == want })
			if !found {
				t.Errorf("%s: no figure is %q: %s", c.path, want, p.text("#charts"))
			}
		}
		if got := p.text("nav.tabs [aria-current]"); got != "Charts" {
			t.Errorf("%s: the tab is %q", c.path, got)
		}
		for _, path := range []string{c.path + "?tab=charts", c.path + "/charts", c.path + "/charts?range=day"} {
			if p := c.of.get(path); p.status != http.StatusOK {
				t.Errorf("%s answers %d to its owner", path, p.status)
			}
			if p := c.not.get(path); p.status != http.StatusNotFound {
				t.Errorf("%s answers %d to the other account", path, p.status)
			}
		}
		other := strings.Replace(c.path, "eu-central-1/", "cn-hangzhou/", 1)
		if p := c.of.get(other + "/charts"); p.status != http.StatusNotFound {
			t.Errorf("%s answers %d in another region", c.path, p.status)
		}
	}
	if p := l.k.browser().get(servicePath + "/" + s.ID + "/charts"); p.status != http.StatusSeeOther {
		t.Errorf("nobody is answered %d", p.status)
	}
}

// What the script gets is what the page shows, in both ranges; any other range
// is the hour.
func TestChartData(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	e := l.join(s, "mine")
	l.k.record(cloud.Sample{ID: e.ID, Open: 2, Peak: 7, New: 10, Refused: 5, In: 1_000, Out: 123_450_000})
	at := endpointPath + "/" + e.ID
	for query, step := range map[string]int64{"": 10, "?range=hour": 10, "?range=day": 300, "?range=week": 10} {
		c := l.chart(at + "/charts" + query)
		if c.Step != step || c.To-c.From != map[int64]int64{10: 3600, 300: 86400}[step] || len(c.Plots) != 4 {
			t.Fatalf("%q: steps of %d from %d to %d, %d charts", query, c.Step, c.From, c.To, len(c.Plots))
		}
		totals := map[string]string{}
		for _, p := range c.Plots {
			for i, s := range p.Series {
				if len(s.Values) != len(c.Times) {
					t.Errorf("%q: %s has %d values for %d moments", query, p.ID, len(s.Values), len(c.Times))
				}
				known := 0
				for _, v := range s.Values {
					if v != nil {
						known++
					}
				}
				if step == 10 && known != 60 || step == 300 && (known < 2 || known > 4) {
					t.Errorf("%q: %s has %d known values", query, p.ID, known)
				}
				if !strings.Contains(p.Says, s.Name+": latest "+s.Latest+", highest "+s.Highest) {
					t.Errorf("%q: %s says %q", query, p.ID, p.Says)
				}
				totals[fmt.Sprint(p.ID, i)] = s.Total
			}
		}
		if want := map[string]string{"open0": "", "open1": "", "new0": "10", "bytes0": "1.0 KB", "bytes1": "123.5 MB", "refused0": "5"}; fmt.Sprint(totals) != fmt.Sprint(want) {
			t.Errorf("%q: the totals are %v, want %v", query, totals, want)
		}
		busy := 0
		for _, r := range c.Rows {
			if len(r.Cells) > 0 {
				busy++
				if got := strings.Join(r.Cells, " "); got != "2 7 10 1.0 KB 123.5 MB 5" {
					t.Errorf("%q: the row says %q", query, got)
				}
			} else if r.Says != "Not recorded" && r.Says != "No connections" || r.To <= r.From {
				t.Errorf("%q: a row is %+v", query, r)
			}
		}
		if busy != 1 || len(c.Rows) > 6 {
			t.Errorf("%q: %d of %d rows hold something", query, busy, len(c.Rows))
		}
		p := l.get(at + "?tab=charts" + strings.Replace(query, "?", "&", 1))
		if n := p.Find(".chart-table tbody tr").Length(); n != len(c.Rows) {
			t.Errorf("%q: the page's table has %d rows, the data %d", query, n, len(c.Rows))
		}
		want := map[int64]string{10: "Last hour", 300: "Last 24 hours"}[step]
		if got := p.text("#charts nav [aria-current]"); got != want {
			t.Errorf("%q: the page is at %q", query, got)
		}
	}
}

// Without scripts there is a drawing for each chart, named by its figures; its
// line is as high as the numbers.
func TestChartDrawing(t *testing.T) {
	l := tutorial(t)
	e := l.join(l.offer(), "mine")
	l.k.record(cloud.Sample{ID: e.ID, Peak: 10, New: 100, Refused: 1})
	p := l.in("en", endpointPath+"/"+e.ID+"?tab=charts")
	for _, id := range []string{"open", "new", "bytes", "refused"} {
		if says := p.Find(`[data-plot="`+id+`"] .plot[role=img]`).AttrOr("aria-label", ""); !strings.Contains(says, "Last hour") {
			t.Errorf("%s is called %q", id, says)
		}
	}
	// 10 connections a second with the scale's top at 10: the line touches it.
	if d := p.Find(`[data-plot="new"] path.plot-1`).First().AttrOr("d", ""); !strings.Contains(d, " 4.0L") || !strings.Contains(d, " 160.0") {
		t.Errorf("the line is %q", d)
	}
	if d := p.Find(`[data-plot="refused"] path.plot-1`).First().AttrOr("d", ""); strings.Count(d, "M") != 1 || !strings.HasSuffix(d, "160V4.0") {
		t.Errorf("the bars are %q", d)
	}
	// Not watched before the ten minutes and after them.
	if d := p.Find(`[data-plot="new"] path[fill^=url]`).AttrOr("d", ""); strings.Count(d, "z") != 2 {
		t.Errorf("the unknown parts are %q", d)
	}
	zh := l.in("zh", endpointPath+"/"+e.ID+"?tab=charts&range=day")
	zh.shows(t, "main", "监控图表", "最近 24 小时", "打开的连接", "新建连接", "流量", "被拒绝的连接", "用表格看", "没有记录")
}

// A page without charts does not carry what draws them; where nothing was ever
// recorded the figures say so and are not zero.
func TestChartsWhereNothingWasRecorded(t *testing.T) {
	l := tutorial(t)
	e := l.join(l.offer(), "mine")
	at := endpointPath + "/" + e.ID
	for path, want := range map[string]int{at: 0, homePath: 0, at + "?tab=charts": 3, at + "?tab=traffic": 3, clbPath: 0} {
		if n := l.get(path).Find(`[src*="uplot"], [href*="uplot"], [src*="chart.js"]`).Length(); n != want {
			t.Errorf("%s loads %d files for charts, want %d", path, n, want)
		}
	}
	p := l.get(at + "?tab=charts")
	if got := p.Find(`[data-plot="new"] [data-figure="latest"]`).Text(); got != "–" {
		t.Errorf("the latest figure is %q", got)
	}
	p.shows(t, ".chart-table tbody", "Not recorded")
	if n := p.Find(".chart-table tbody tr").Length(); n != 1 {
		t.Errorf("%d rows", n)
	}
}

// The overview tells a day's traffic, and nothing older.
func TestHomeTellsOneDay(t *testing.T) {
	l := tutorial(t)
	e := l.join(l.offer(), "mine")
	l.k.record(cloud.Sample{ID: e.ID, New: 1, In: 1_000, Out: 41_000})
	if err := l.k.engine.Record(t.Context(), nil, []cloud.Counter{{ID: e.Zones[0].ID, In: 5_000_000, Out: 5_000_000}}); err != nil {
		t.Fatal(err)
	}
	l.get(homePath).shows(t, ".block", "Traffic in 24 hours", "42.0 KB", "1.0 KB in, 41.0 KB out")
	l.k.ahead(25 * time.Hour)
	l.as(0) // the session has ended
	l.get(homePath).shows(t, ".block", "0 B in, 0 B out")
}
