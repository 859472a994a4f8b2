package cloud

import "context"

// FindAttempts answers a page of the attempts that concern the account, newest
// first: narrowed down by "endpoint", "service" and "result" (refused,
// allowed), sorted by "time". Words are looked for in what the account may
// know of an attempt: client and target are the consumer's alone.
func (c *Caller) FindAttempts(ctx context.Context, f Find) (Found[Attempt], error) {
	q := AttemptQuery{
		Account: c.account.ID, Cloud: c.cloud, Endpoint: f.Filter["endpoint"], Service: f.Filter["service"],
		Refused: f.Filter["result"] == "refused", Allowed: f.Filter["result"] == "allowed", Words: words(f.Words),
	}
	f.Filter = map[string]string{}
	result := map[bool]string{q.Refused: "refused", q.Allowed: "allowed"}[true]
	for name, value := range map[string]string{"endpoint": q.Endpoint, "service": q.Service, "result": result} {
		if value != "" {
			f.Filter[name] = value
		}
	}
	if f.Sort != "time" {
		f.Sort, f.Desc = "", false
	}
	out := Found[Attempt]{}
	err := c.read(ctx, func(tx *Tx) error {
		var err error
		if _, _, out.Total, err = tx.Attempts.Tally(q); err != nil {
			return err
		}
		out.All = out.Total
		if len(f.Filter) > 0 || len(q.Words) > 0 {
			if _, _, out.All, err = tx.Attempts.Tally(AttemptQuery{Account: c.account.ID, Cloud: c.cloud}); err != nil {
				return err
			}
		}
		out.Find = f.within(out.Total)
		q.Skip, q.Limit = (out.Find.Page-1)*out.Find.Size, out.Find.Size
		q.Oldest = f.Sort == "time" && !f.Desc
		out.Items, err = tx.Attempts.Recent(q)
		return err
	})
	for i := range out.Items {
		if p := out.Items[i].Provider; p != "" && p != c.account.ID {
			out.Items[i].hide()
		}
	}
	return out, err
}
