package ctyun

// helpParts are the parts of the page in order, by their anchors.
func helpParts() []string {
	return []string{"check", "peering", "states", "servicestates", "quota", "terms"}
}

// helpTerms are the words that the document's chapters use side by side (X-17,
//
func helpTerms() []string { return []string{"create", "now", "how", "nav", "subnets"} }
