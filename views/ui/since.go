package ui

import (
	"context"
	"net/url"
	"strconv"
)

// sinceField is the hidden field by which a form says what its page could
// show: the number of the last event. Every form of this package that changes
// something carries it, so that nothing is overwritten that its reader has not
// seen (cloud.Caller.Since).
const sinceField = "since"

type sinceKey struct{}

// WithSince is the context in which a page is rendered that can show
// everything up to the event with this number.
func WithSince(ctx context.Context, seq int64) context.Context {
	return context.WithValue(ctx, sinceKey{}, seq)
}

// since is what WithSince said, empty when nothing.
func since(ctx context.Context) string {
	if seq, ok := ctx.Value(sinceKey{}).(int64); ok && seq > 0 {
		return strconv.FormatInt(seq, 10)
	}
	return ""
}

// sentSince reads the field; 0 when it was not sent or is no number.
func sentSince(values url.Values) int64 {
	seq, err := strconv.ParseInt(values.Get(sinceField), 10, 64)
	if err != nil || seq < 0 {
		return 0
	}
	return seq
}
