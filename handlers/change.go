package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"culvert.internal/cloud"
)

// Change tells open pages what changed. It carries names, not HTML: the part
// of the page that shows a thing fetches itself again by an ordinary GET
// (DESIGN idea 5, ui.Live).
type Change struct{ *Base }

// Routes registers the stream.
func (h *Change) Routes(g *echo.Group) {
	g.GET(streamPath, h.stream)
}

const streamPath = "/changes"

const (
	// changeRest bounds a stream to four messages a second on average;
	// changeBurst of them may follow each other at once, because one press of
	// a button often makes a second change a few milliseconds later, and that
	// one is what the reader waits for.
	changeRest  = 250 * time.Millisecond
	changeBurst = 3
	// changePause lets the changes of one moment go in one message.
	changePause = 10 * time.Millisecond
	// changeBeat keeps the connection from being taken for dead.
	changeBeat = 25 * time.Second
	// changeReplay is how many events a stream may be behind; a page further
	// back fetches itself as a whole.
	changeReplay = 5000
	// changeBatch is how many events are read at once.
	changeBatch = 500
)

// stream sends, for each burst of changes that concern the account, one
// message "changed" with the kinds and IDs it touched, beginning where the page
// was rendered (?since=) or where a broken stream ended (Last-Event-ID). When
// that is not known, or too long ago, the first message is "sync": anything
// may have changed. A page that another version of the program has made hears
// "outdated" before anything else (static/app.js fetches it again). "ended" is
// the last: the session is over, or the browser has become another account
// than the stream's (?account=).
func (h *Change) stream(c echo.Context) error {
	ctx := c.Request().Context()
	if whose := c.QueryParam("account"); whose != "" && whose != h.Caller(c).Self().ID {
		return endStream(c)
	}
	signal, stop := h.Engine.Changed()
	defer stop()
	seq, synced, err := h.since(c)
	if err != nil {
		return fmt.Errorf("open a stream of changes: %w", err)
	}
	header := c.Response().Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	c.Response().WriteHeader(http.StatusOK)
	first := "\n"
	if !synced {
		first = message("sync", seq, "sync")
	}
	if page := c.QueryParam("build"); page != "" && page != h.Build {
		first = message("outdated", seq, h.Build) + first
	}
	beat := time.NewTicker(changeBeat)
	defer beat.Stop()
	pace := rate.NewLimiter(rate.Every(changeRest), changeBurst)
	for next := first; ; {
		if next != "" {
			if err := h.send(c, next); err != nil || pace.Wait(ctx) != nil {
				return nil // the reader is gone, or the server ends
			}
		}
		names, last, err := h.changed(ctx, h.Caller(c).Account().ID, seq)
		if err != nil {
			return nil // the page reconnects, and goes on from its last message
		}
		// After what changed is read, so that what ends the session is not told
		// as a change first.
		if open, err := h.stillOpen(c); err != nil {
			return nil
		} else if !open {
			_ = h.send(c, streamEnd(seq))
			return nil
		}
		if seq = last; len(names) > 0 {
			next = message("changed", seq, strings.Join(names, " "))
			continue
		}
		next = ""
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
			next = ": still here\n\n"
		case <-signal:
			if !rest(ctx, changePause) {
				return nil
			}
		}
	}
}

// streamEnd tells a page that its session is over, so that it does not ask
// again (static/live.js).
func streamEnd(seq int64) string { return message("ended", seq, "ended") }

// endStream is a stream that is over before it begins.
func endStream(c echo.Context) error {
	return c.Blob(http.StatusOK, "text/event-stream", []byte(streamEnd(0)))
}

// stillOpen says whether the session that opened the stream still holds.
func (h *Change) stillOpen(c echo.Context) (bool, error) {
	s := h.scope(c)
	a, err := h.Engine.Account(c.Request().Context(), s.frame.Self.ID)
	if e := cloud.AsError(err); e != nil {
		return false, nil
	}
	return err == nil && h.admits(s.session, a) && !s.session.over(h.Now()), err
}

func message(event string, seq int64, data string) string {
	return fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", seq, event, data)
}

// since is the number of the event a stream goes on from; known says whether
// the page has told it and it is near enough to go on from.
func (h *Change) since(c echo.Context) (seq int64, known bool, err error) {
	last, err := h.lastEvent(c.Request().Context())
	if err != nil {
		return 0, false, err
	}
	told := c.Request().Header.Get("Last-Event-ID")
	if told == "" {
		told = c.QueryParam("since")
	}
	seq, perr := strconv.ParseInt(told, 10, 64)
	if perr != nil || seq < 0 || seq > last || last-seq > changeReplay {
		return last, false, nil
	}
	return seq, true, nil
}

// rest waits, and says whether there is a point in going on.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (h *Change) send(c echo.Context, message string) error {
	if _, err := c.Response().Write([]byte(message)); err != nil {
		return err
	}
	return http.NewResponseController(c.Response()).Flush()
}

func (b *Base) lastEvent(ctx context.Context) (seq int64, err error) {
	err = b.Engine.View(ctx, func(tx *cloud.Tx) (err error) {
		seq, err = tx.Events.Last()
		return err
	})
	return seq, err
}

// changed answers the kinds and IDs that events after seq touched, as far as
// they concern the account, and the last event's number.
func (h *Change) changed(ctx context.Context, account string, seq int64) ([]string, int64, error) {
	var names []string
	for {
		events, err := h.Engine.EventsSince(ctx, seq, changeBatch)
		if err != nil {
			return nil, seq, err
		}
		for _, e := range events {
			seq = e.Seq
			if e.Account == account || e.Peer == account || e.Actor == account || e.Kind == "zone" {
				names = append(names, e.Kind, e.Resource, e.Parent)
			}
		}
		if len(events) < changeBatch {
			break
		}
	}
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(n string) bool { return n == "" })
	return names, seq, nil
}
