package ctyun

import (
	"strconv"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// helpParts are the parts of the page in order, by their anchors.
func helpParts() []string {
	return []string{"check", "peering", "states", "servicestates", "quota", "terms"}
}

// helpTerms are the words that the document's chapters use side by side (X-17,
//
func helpTerms() []string { return []string{"create", "now", "how", "nav", "subnets"} }

// ref is the thing whose page can change what a gate said.
func ref(s reach.Step) cloud.Ref {
	return cloud.Ref{Kind: s.Fix.Kind, ID: s.Fix.ID, Name: s.Fix.Name}
}

func portOf(g reach.Guard) string { return strconv.Itoa(int(g.Backend.Addr.Port())) }
