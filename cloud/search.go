package cloud

import (
	"context"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// ShortestSearch is how many characters a search needs.
const ShortestSearch = 2

// Sides a hit can be seen from.
const (
	OwnSide      = "own"        // it is the account's
	OpenSide     = "open"       // a service whose whitelist holds the account
	ProviderSide = "connection" // another account's endpoint of the account's service
)

// Ranks of a hit, best first.
const (
	RankWhole = iota // what was typed is the whole ID, name, address or domain
	RankBegin        // one of these begins with it
	RankPart         // one of these holds it
	RankHolds        // a network that holds the address
)

// Hit is one thing that a search has found.
type Hit struct {
	Ref
	Region  string
	Side    string
	Service string // of an endpoint
	Zone    string // private zone of a record
	Owner   string // account ID of the other side
	// Field and Text are what was found in it: "id", "name", "ip", "twin",
	// "domain", "cidr", "account", "description", "value".
	Field, Text string
	Rank        int
}

// Search answers everything in the regions that the account may see and that
// holds what was typed: its own things, services open to it, and, as
// provider, the endpoints of its services. Best first; at most most of each
// kind. More says that some kind has more. A search that is too short finds
// nothing.
func (c *Caller) Search(ctx context.Context, regions []string, typed string, most int) (hits []Hit, more bool, err error) {
	typed = strings.Join(strings.Fields(typed), " ")
	if utf8.RuneCountInString(typed) < ShortestSearch {
		return nil, false, nil
	}
	err = c.read(ctx, func(tx *Tx) error {
		s := &search{c: c, tx: tx, regions: regions, typed: typed, most: most}
		steps := []func() error{
			s.accounts, s.ownEndpoints, s.addresses, s.connections, s.services, s.openServices, s.network, s.compute, s.zones, s.grants, s.places,
		}
		if c.cloud == Zilliz {
			steps = s.zilliz()
		}
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
		hits, more = s.hits, s.more
		return nil
	})
	sort.SliceStable(hits, func(i, j int) bool { return hits[i].Rank < hits[j].Rank })
	return hits, more, err
}

// search is one search as it goes on.
type search struct {
	c       *Caller
	tx      *Tx
	regions []string
	typed   string
	most    int
	people  []string // accounts whose name holds what was typed
	hits    []Hit
	more    bool
}

// fieldText is one text of a row under the name of its field.
type fieldText struct{ field, text string }

// add keeps a hit with the best of its texts.
func (s *search) add(h Hit, texts ...fieldText) {
	if slices.ContainsFunc(s.hits, func(have Hit) bool { return have.Kind == h.Kind && have.ID == h.ID && have.Side == h.Side }) {
		return
	}
	h.Rank = RankPart + 1
	for _, t := range texts {
		for _, typed := range []string{s.typed, domainWord(s.typed)} {
			if r := rankOf(t.text, typed); r < h.Rank {
				h.Rank, h.Field, h.Text = r, t.field, t.text
			}
		}
	}
	if h.Rank > RankPart { // several words, or a part that is not shown
		h.Rank = RankPart
	}
	s.hits = append(s.hits, h)
}

func rankOf(text, typed string) int {
	text, typed = strings.ToLower(text), strings.ToLower(typed)
	switch {
	case typed == "":
	case text == typed:
		return RankWhole
	case strings.HasPrefix(text, typed):
		return RankBegin
	case strings.Contains(text, typed):
		return RankPart
	}
	return RankPart + 1
}

// rows answers the best rows of a table that hold every word typed.
func rows[T noun](s *search, table Table[T], w Where, also func(word string) []Where, in ...string) ([]T, error) {
	q := Query{Where: w, Best: &Term{Text: domainWord(s.typed), In: in}, Limit: s.most + 1}
	if slices.Contains(in, domainPath) {
		// One text that holds them all is looked through faster.
		in = []string{strings.Join(slices.DeleteFunc(slices.Clone(in), func(path string) bool { return path == "id" }), "+")}
	}
	for _, word := range words(s.typed) {
		t := Term{Text: domainWord(word), In: in}
		if also != nil {
			t.Or = also(word)
		}
		q.Terms = append(q.Terms, t)
	}
	list, err := table.Page(q)
	if len(list) > s.most {
		s.more, list = true, list[:s.most]
	}
	return list, err
}

func (s *search) own() Where { return Where{"account": s.c.account.ID, "region": s.regions} }

// accounts finds partners by name or ID: names are not secret between the
// accounts of one installation.
func (s *search) accounts() (err error) {
	s.people, err = found(s.tx.Accounts, nil, s.typed, mostOthers, "name", "name_en", "id")
	return err
}
