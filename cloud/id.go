package cloud

import (
	"crypto/rand"
	"math/big"
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
// letters and digits.
func newID(prefix string, r Region) string {
	return prefix + "-" + r.Code + random(alphabet, 17)
}

// newAccountID makes a main account ID: 16 digits, the first one not 0.
func newAccountID() string { return "1" + random("0123456789", 15) }
