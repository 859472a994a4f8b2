package reach

// instance is the ID of the instance that a host is: itself, or the one whose
// secondary NIC it is.
func (h Host) instance() string {
	if h.Instance != "" {
		return h.Instance
	}
	return h.ID
}

// ref points at the instance of a host, as people know it.
func (h Host) ref() Ref { return Ref{"instance", h.instance(), h.Name} }
