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

// cloud is the cloud whose console it is: it decides which rules a form
// follows.
func (b *Base) cloud(c echo.Context) string { return b.Frame(c).Edition.Cloud }

// only lets requests through whose console is one of these clouds'.
func (b *Base) only(clouds ...string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if !slices.Contains(clouds, b.cloud(c)) {
				return echo.ErrNotFound
			}
			return next(c)
		}
	}
}

// OfNetworks lets requests through to consoles of clouds with networks.
func (b *Base) OfNetworks(next echo.HandlerFunc) echo.HandlerFunc {
	return b.only(cloud.Aliyun, cloud.Ctyun)(next)
}

// OfProjects lets requests through to the console that has projects.
func (b *Base) OfProjects(next echo.HandlerFunc) echo.HandlerFunc {
	return b.only(cloud.Zilliz)(next)
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

// endpointsIn are the account's first endpoints in a VPC, at most many of them,
// and how many there are.
func endpointsIn(ctx context.Context, caller *cloud.Caller, region, vpc string, most int) ([]cloud.EndpointView, int, error) {
	found, err := caller.FindEndpoints(ctx, region, cloud.Find{Filter: map[string]string{"vpc": vpc}, Size: most})
	if err != nil {
		return nil, 0, fmt.Errorf("list endpoints: %w", err)
	}
	return found.Items, found.Total, nil
}

// balancersIn are the account's CLBs in a VPC.
func balancersIn(ctx context.Context, caller *cloud.Caller, region, vpc string) ([]cloud.BalancerView, error) {
	found, err := caller.FindBalancers(ctx, region, cloud.Find{Filter: map[string]string{"vpc": vpc}})
	if err != nil {
		return nil, fmt.Errorf("list CLBs: %w", err)
	}
	return found.Items, nil
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
