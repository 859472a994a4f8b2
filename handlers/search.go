package handlers

import (
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
)

// Search is the search across everything the account may see in the
// edition's regions.
type Search struct{ *Base }

// Routes registers the page of results and the short list of the top bar's
// field.
func (h *Search) Routes(g *echo.Group) {
	g.GET("/search", h.show)
	g.GET("/search/suggest", h.suggest)
}

const (
	searchFew    = 8 // hits in the short list
	searchLength = 200
)

// show is the page of results. What was typed is one thing's whole ID: the
// answer is that thing. ?all=1 shows the page all the same.
func (h *Search) show(c echo.Context) error {
	p, err := h.find(c, views.MostHits)
	if err != nil {
		return err
	}
	f := h.Frame(c)
	if at, ok := p.Only(f); ok && c.QueryParam("all") == "" {
		return c.Redirect(http.StatusSeeOther, at)
	}
	return h.Render(c, http.StatusOK, views.SearchPage(f, p))
}

// suggest is the list that drops down while somebody types: a part of a page.
func (h *Search) suggest(c echo.Context) error {
	p, err := h.find(c, searchFew)
	if err != nil {
		return err
	}
	p.Hits = p.Hits[:min(len(p.Hits), searchFew)]
	return h.Render(c, http.StatusOK, views.SearchSuggestions(h.Frame(c), p))
}

func (h *Search) find(c echo.Context, each int) (views.Search, error) {
	p := views.Search{Query: query(c)}
	if len(p.Query) > searchLength || utf8.RuneCountInString(p.Query) < cloud.ShortestSearch {
		p.Short, p.Long = p.Query != "" && len(p.Query) <= searchLength, len(p.Query) > searchLength
		return p, nil
	}
	var regions []string
	for _, r := range h.Frame(c).Edition.Regions() {
		regions = append(regions, r.ID)
	}
	var err error
	if p.Hits, p.More, err = h.Caller(c).Search(c.Request().Context(), regions, p.Query, each); err != nil {
		return p, fmt.Errorf("search: %w", err)
	}
	return p, nil
}
