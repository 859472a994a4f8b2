package cloud

import (
	"crypto/rand"
	"encoding/hex"
	"math/big"
	"strings"
)

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"

func random(chars string, n int) string {
	b := make([]byte, n)
	for i := range b {
		k, err := rand.Int(rand.Reader, big.NewInt(int64(len(chars))))
		if err != nil {
			panic("no randomness: " + err.Error())
		}
		b[i] = chars[k.Int64()]
	}
	return string(b)
}

// newID makes an ID as the vendor's look (REQUIREMENTS B.2): "vpc-gw8" and 17
// letters and digits, or, in a region of ctyun, a UUID. It is one of version 8
// (RFC 9562), whose bits are free: octet 9 is the region's code, so that every
// ID says where its thing is.
func newID(prefix string, r Region) string {
	if r.Cloud != Ctyun {
		return prefix + "-" + r.Code + random(alphabet, 17)
	}
	x := func(n int) string { return random("0123456789abcdef", n) }
	return strings.Join([]string{x(8), x(4), "8" + x(3), random("89ab", 1) + x(1) + r.Code, x(12)}, "-")
}

// RegionOf is the region that a resource's ID names ("vpc-gw8…" is in
// eu-central-1), false when it names none.
func RegionOf(id string) (Region, bool) {
	code := ""
	if _, rest, ok := strings.Cut(id, "-"); ok && len(rest) == 20 {
		code = rest[:3]
	} else if isUUID(id) && id[14] == '8' {
		code = id[21:23]
	}
	for _, r := range Regions() {
		if r.Code == code {
			return r, true
		}
	}
	return Region{}, false
}

// isUUID says whether a text is a UUID in its lower-case form.
func isUUID(s string) bool {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}
	bare := strings.ReplaceAll(s, "-", "")
	_, err := hex.DecodeString(bare)
	return err == nil && len(bare) == 32 && bare == strings.ToLower(bare)
}

// newAccountID makes a main account ID: 16 digits, the first one not 0.
func newAccountID() string { return "1" + random("0123456789", 15) }

// newDomainID makes what ctyun calls an account's ID: 32 hexadecimal digits.
func newDomainID() string { return random("0123456789abcdef", 32) }

const hexDigits = "0123456789abcdef"

// newProjectID, newClusterID (ZIL-15) and newLinkID make IDs as those of Zilliz
// Cloud look.
func newProjectID() string { return "proj-" + random(hexDigits, 22) }
func newClusterID() string { return "in05-" + random(hexDigits, 12) }
func newLinkID() string    { return "pl-" + random(alphabet, 16) }
