package reach

// instance is the ID of the instance that a host is: itself, or the one whose
// secondary NIC it is.
func (h Host) instance() string {
	if h.Instance != "" {
		return h.Instance
	}
	return h.ID
}

// owner is the name of the instance that a host is, without the address that
// tells its NICs apart.
func (w *World) owner(h Host) string {
	if whole, ok := w.hosts[h.Instance]; ok {
		return whole.Name
	}
	return h.Name
}

// ref points at the instance of a host, as people know it.
func (h Host) ref() Ref { return Ref{"instance", h.instance(), h.Name} }
