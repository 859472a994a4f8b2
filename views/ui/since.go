package ui

import (
	"context"
	"net/url"
	"strconv"
	"strings"
)

// sinceField is the hidden field by which a form says what its page could
// show, the number of the last event, and to which account. Every form of this
// package that changes something carries it, so that nothing is overwritten
// that its reader has not seen (cloud.Caller.Since), and nothing is sent as
// somebody else.
const sinceField = "since"

type sinceKey struct{}

// WithSince is the context in which a page is rendered that shows an account
// everything up to the event with this number.
func WithSince(ctx context.Context, seq int64, account string) context.Context {
	if seq <= 0 || account == "" {
		return ctx
	}
	return context.WithValue(ctx, sinceKey{}, strconv.FormatInt(seq, 10)+"-"+account)
}

// since is what WithSince said, empty when nothing.
func since(ctx context.Context) string {
	said, _ := ctx.Value(sinceKey{}).(string)
	return said
}

// sentSince reads the field; it answers nothing for what no page has said.
func sentSince(values url.Values) (seq int64, account string) {
	n, account, _ := strings.Cut(values.Get(sinceField), "-")
	seq, err := strconv.ParseInt(n, 10, 64)
	if err != nil || seq < 0 {
		return 0, ""
	}
	return seq, account
}
