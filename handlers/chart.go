package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
)

// tabCharts is ?tab= of the charts, on the pages of endpoints, services and
// CLBs.
const tabCharts = "charts"

// charts answers the charts of one of the caller's things; page is the page
// with their tab, note says what is summed up. ?range= is hour or day.
func (b *Base) charts(c echo.Context, id, page, note string) (views.Charts, error) {
	f := b.Frame(c)
	f.Charts = true
	chart, err := b.Caller(c).Chart(c.Request().Context(), id, cloud.Span(c.QueryParam("range")), b.Now())
	if err != nil {
		return views.Charts{}, fmt.Errorf("read the samples of %s: %w", id, err)
	}
	p := views.Charts{Chart: chart, Page: page}
	if note != "" {
		p.Note = f.T(note)
	}
	return p, nil
}

// chartData is what the script on the page draws, and the figures and rows it
// brings up to date.
type chartData struct {
	From  int64            `json:"from"` // Unix seconds
	To    int64            `json:"to"`
	Step  int64            `json:"step"`
	Times []int64          `json:"times"` // the moments' beginnings
	Plots []views.Plot     `json:"plots"`
	Rows  []views.ChartRow `json:"rows"`
}

func (b *Base) sendCharts(c echo.Context, p views.Charts) error {
	f := b.Frame(c)
	out := chartData{
		From: p.From.Unix(), To: p.To.Unix(), Step: int64(p.Step.Seconds()), Times: []int64{}, Plots: f.Plots(p), Rows: f.Rows(p),
	}
	for _, q := range p.Points {
		out.Times = append(out.Times, q.Time.Unix())
	}
	return c.JSON(http.StatusOK, out)
}

func (h *Endpoint) charts(c echo.Context) error {
	e, err := h.read(c)
	if err != nil {
		return err
	}
	p, err := h.Base.charts(c, e.ID, "/endpoints/"+e.ID, "")
	if err != nil {
		return err
	}
	return h.sendCharts(c, p)
}

func (h *Service) charts(c echo.Context) error {
	p, err := h.Base.charts(c, c.Param("id"), "/endpoint-services/"+c.Param("id"), "chart.of.service")
	if err != nil {
		return err
	}
	return h.sendCharts(c, p)
}

func (h *Balancer) charts(c echo.Context) error {
	b, err := h.balancer(c)
	if err != nil {
		return err
	}
	p, err := h.Base.charts(c, b.ID, "/load-balancers/"+b.ID, "chart.of.clb")
	if err != nil {
		return err
	}
	return h.sendCharts(c, p)
}
