package sqlite

import (
	"fmt"
	"time"

	"culvert.internal/cloud"
)

func samples() *table[cloud.Sample] {
	t := newTable("sample", func(s *cloud.Sample) []column {
		return []column{
			{"id", &s.ID},
			{"step", &s.Step},
			{"time", moment{&s.Time}},
			{"open", &s.Open},
			{"peak", &s.Peak},
			{"new", &s.New},
			{"refused", &s.Refused},
			{"in", &s.In},
			{"out", &s.Out},
		}
	})
	t.put = t.add + ` ON CONFLICT ("id", "step", "time") DO UPDATE SET "open" = excluded."open",
		"peak" = max("peak", excluded."peak"), "new" = "new" + excluded."new", "refused" = "refused" + excluded."refused",
		"in" = "in" + excluded."in", "out" = "out" + excluded."out"`
	return t
}

func watches() *table[cloud.Watch] {
	t := newTable("watch", func(w *cloud.Watch) []column {
		return []column{
			{"step", &w.Step},
			{"time", moment{&w.Time}},
			{"watched", &w.Watched},
		}
	})
	t.put = t.add + ` ON CONFLICT ("step", "time") DO UPDATE SET "watched" = min("step", "watched" + excluded."watched")`
	return t
}

// sampleLog is the two tables inside one transaction: a cloud.SampleLog.
type sampleLog struct {
	samples *bound[cloud.Sample]
	watches *bound[cloud.Watch]
}

func (l sampleLog) Add(samples []cloud.Sample, watches []cloud.Watch) error {
	for _, s := range samples {
		if err := l.samples.Put(s); err != nil {
			return err
		}
	}
	for _, w := range watches {
		w.Watched = min(w.Watched, w.Step)
		if err := l.watches.Put(w); err != nil {
			return err
		}
	}
	return nil
}

func (l sampleLog) Of(id string, step time.Duration, since time.Time) ([]cloud.Sample, error) {
	return l.samples.all("samples of "+id, l.samples.list+` WHERE "id" = ? AND "step" = ? AND "time" >= ? ORDER BY "time"`, id, step, since.UnixMicro())
}

func (l sampleLog) Watched(step time.Duration, since time.Time) ([]cloud.Watch, error) {
	return l.watches.all("watched moments", l.watches.list+` WHERE "step" = ? AND "time" >= ? ORDER BY "time"`, step, since.UnixMicro())
}

func (l sampleLog) Trim(step time.Duration, before time.Time) error {
	for _, table := range []string{"sample", "watch"} {
		if _, err := l.samples.exec("DELETE FROM "+quote(table)+` WHERE "step" = ? AND "time" < ?`, step, before.UnixMicro()); err != nil {
			return fmt.Errorf("trim %s: %w", table, err)
		}
	}
	return nil
}
