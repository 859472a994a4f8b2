package dns

import (
	"strings"

	"github.com/miekg/dns"
)

// Types of records that a view itself knows (RFC 1035, 3.2.2 and 3.2.3; RFC
// 3596, RFC 2782).
const (
	TypeA     uint16 = 1
	TypeNS    uint16 = 2
	TypeCNAME uint16 = 5
	TypeSOA   uint16 = 6
	TypePTR   uint16 = 12
	TypeMX    uint16 = 15
	TypeTXT   uint16 = 16
	TypeAAAA  uint16 = 28
	TypeSRV   uint16 = 33
	TypeANY   uint16 = 255
)

// zoneTypes are those a private zone may hold (PVZ-08). SOA and NS are made.
var zoneTypes = map[uint16]bool{
	TypeA: true, TypeAAAA: true, TypeCNAME: true, TypeTXT: true, TypeMX: true, TypePTR: true, TypeSRV: true,
}

// TypeOf is the record type of a word such as "A" or "txt"; false if there is
// none of this name.
func TypeOf(word string) (uint16, bool) {
	t, ok := dns.StringToType[strings.ToUpper(word)]
	return t, ok
}

// TypeName is the word for a record type, "TYPE65280" for one without.
func TypeName(t uint16) string { return dns.Type(t).String() }
