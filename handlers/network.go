package handlers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// query is what a list's search line asks for.
func query(c echo.Context) string { return strings.TrimSpace(c.QueryParam("q")) }

// holds says whether any of the words holds the query, whatever the case. An
// empty query is in everything.
func holds(q string, words ...string) bool {
	q = strings.ToLower(q)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(w), q) })
}

// kept are the items whose words hold the query.
func kept[T any](items []T, q string, words func(T) []string) []T {
	out := make([]T, 0, len(items))
	for _, i := range items {
		if holds(q, words(i)...) {
			out = append(out, i)
		}
	}
	return out
}

// here refuses a thing of another region than the page's: its own page is
// under that region, and links of this page would lead astray.
func (b *Base) here(c echo.Context, kind, id, region string) error {
	if region != b.Region(c) {
		return &cloud.Error{Kind: cloud.NotFound, Key: "error.notfound", Args: map[string]string{"kind": kind, "id": id}}
	}
	return nil
}

// vpcs are the region's VPCs for a select.
func (b *Base) vpcs(c echo.Context) ([]cloud.VPC, error) {
	list, err := b.Caller(c).VPCs(c.Request().Context(), b.Region(c))
	if err != nil {
		return nil, fmt.Errorf("list VPCs: %w", err)
	}
	return list, nil
}

// chooseOnly selects the only VPC there is.
func chooseOnly(form ui.Form, field string, vpcs []cloud.VPC) {
	if len(vpcs) == 1 {
		form.Default(field, vpcs[0].ID)
	}
}

// endpointsIn are the account's endpoints in a VPC.
func endpointsIn(ctx context.Context, caller *cloud.Caller, region, vpc string) ([]cloud.EndpointView, error) {
	all, err := caller.Endpoints(ctx, region, "")
	if err != nil {
		return nil, fmt.Errorf("list endpoints: %w", err)
	}
	return slices.DeleteFunc(all, func(e cloud.EndpointView) bool { return e.VPC != vpc }), nil
}

// balancersIn are the account's CLBs in a VPC.
func balancersIn(ctx context.Context, caller *cloud.Caller, region, vpc string) ([]cloud.BalancerView, error) {
	all, err := caller.Balancers(ctx, region)
	if err != nil {
		return nil, fmt.Errorf("list CLBs: %w", err)
	}
	return slices.DeleteFunc(all, func(b cloud.BalancerView) bool { return b.VPC != vpc }), nil
}

// atField puts a refusal "there is no such KIND" at the field that chose it:
// it was deleted while the form was open.
func atField(err error, kind, field string) error {
	e := cloud.AsError(err)
	if e == nil || e.Kind != cloud.NotFound || e.Args["kind"] != kind {
		return err
	}
	return &cloud.Error{
		Kind: cloud.Invalid, Key: "error.invalid",
		Fields: []cloud.FieldError{{Field: field, Key: e.Key, Args: e.Args}},
	}
}
