package proxyproto

import (
	"encoding/binary"
	"encoding/hex"
	"hash/fnv"
)

// Form is whose records follow the addresses. The values are stored.
type Form string

// The forms that a service can choose (B.7).
const (
	Plain  Form = "plain"  // none: the addresses alone
	Aliyun Form = "aliyun" // 0xE1: VPC, endpoint and service, one record each
	AWS    Form = "aws"    // 0xEA: the endpoint
	Azure  Form = "azure"  // 0xEE: LinkID
	GCP    Form = "gcp"    // 0xE0: PSC connection ID
	SAP    Form = "sap"    // 0xEC: the endpoint as a UUID
)

// Types of the vendors' records, and the sub-types they begin with.
const (
	typeGCP, typeAliyun, typeAWS, typeSAP, typeAzure = 0xE0, 0xE1, 0xEA, 0xEC, 0xEE

	aliyunVPC, aliyunEndpoint, aliyunService = 0x01, 0x02, 0x03
	awsEndpoint                              = 0x01
	azureLink                                = 0x01
)

// Link is the private link that a connection comes through, by the lab's IDs.
type Link struct{ VPC, Endpoint, Service string }

// TLVs are the records of a form. What is empty in the link has none. Length
// counts the sub-type with the data.
func (f Form) TLVs(l Link) []TLV {
	if l.Endpoint == "" {
		return nil
	}
	switch f {
	case Aliyun:
		var out []TLV
		for i, id := range []string{l.VPC, l.Endpoint, l.Service} {
			if id != "" {
				out = append(out, sub(typeAliyun, byte(i)+aliyunVPC, []byte(id)))
			}
		}
		return out
	case AWS:
		return []TLV{sub(typeAWS, awsEndpoint, []byte(l.Endpoint))}
	case Azure:
		return []TLV{sub(typeAzure, azureLink, binary.LittleEndian.AppendUint32(nil, linkID(l.Endpoint)))}
	case GCP:
		return []TLV{{typeGCP, binary.BigEndian.AppendUint64(nil, connectionID(l.Endpoint))}}
	case SAP:
		return []TLV{{typeSAP, []byte(uuid(l.Endpoint))}}
	}
	return nil
}

func sub(kind, subType byte, data []byte) TLV {
	return TLV{kind, append([]byte{subType}, data...)}
}

// linkID is the number that Azure's form has for an endpoint: the 32-bit
// FNV-1a hash of its ID, sent with the lowest byte first.
func linkID(endpoint string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(endpoint))
	return h.Sum32()
}

// connectionID is the number that GCP's form has for an endpoint: the 64-bit
// FNV-1a hash of its ID, sent with the highest byte first.
func connectionID(endpoint string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(endpoint))
	return h.Sum64()
}

// uuid is the 36 characters that SAP's form has for an endpoint: its ID, where
// that is a UUID (ctyun), or else one of version 8 whose bits are the 128-bit
// FNV-1a hash of it.
func uuid(endpoint string) string {
	if len(endpoint) == 36 {
		return endpoint
	}
	h := fnv.New128a()
	_, _ = h.Write([]byte(endpoint))
	b := h.Sum(nil)
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	s := hex.EncodeToString(b)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
