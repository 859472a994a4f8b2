package cloud

import "net/netip"

// memo is what an import remembers of its transaction, so that the ten
// thousandth thing costs what the first one did.
type memo struct {
	used  map[string]map[netip.Addr]Ref // by vSwitch
	own   map[netip.Addr]bool
	from  uint32
	twins []twin
	have  map[[2]string]int // how many rows have a value in a column
	// behind are the resources of services, which are all made before endpoints.
	behind map[string][]Resource
}

// count counts the rows that have a value in a column of an index; an import
// counts them once.
func (m *memo) count(rows func(Where) (int, error), column, value string) (int, error) {
	if m == nil {
		return rows(Where{column: value})
	}
	key := [2]string{column, value}
	if n, ok := m.have[key]; ok {
		return n, nil
	}
	n, err := rows(Where{column: value})
	m.have[key] = n
	return n, err
}

// resources are a service's resources; an import reads them once.
func (m *memo) resources(tx *Tx, service string) ([]Resource, error) {
	if m == nil {
		return tx.Resources.List(Where{"service": service})
	}
	if list, ok := m.behind[service]; ok {
		return list, nil
	}
	list, err := tx.Resources.List(Where{"service": service})
	m.behind[service] = list
	return list, err
}

// more notes one more such row.
func (m *memo) more(column, value string) {
	if m == nil {
		return
	}
	if n, ok := m.have[[2]string{column, value}]; ok {
		m.have[[2]string{column, value}] = n + 1
	}
}

func (m *memo) twin(network string, p netip.Prefix) {
	if m != nil {
		m.twins = append(m.twins, twin{network, p})
	}
}
