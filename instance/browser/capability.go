package browser

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"
)

// The life of a capability: documents are sent on to a fresh one when half of
// it is over, so that a page in use goes on.
const capabilityLife = 30 * time.Minute

// Grant is what a capability allows: to browse as one instance of one account
// in one browsing session, from one address, until it ends. It is all that a
// request of the frame has to show for itself: no cookie comes with it.
type Grant struct {
	Account  string    `json:"a"`
	Instance string    `json:"i"`
	Session  string    `json:"s"`
	Epoch    int       `json:"e"` // of the account; a later one ends the grant
	Until    time.Time `json:"u"`
	End      time.Time `json:"x"` // of the reader's session: no renewal goes past it
}

// Token signs a grant for a reader at the address from.
func (b *Browser) Token(g Grant, from string) string {
	g.Until = b.opt.Now().Add(capabilityLife).UTC().Truncate(time.Second)
	if !g.End.IsZero() && g.End.Before(g.Until) {
		g.Until = g.End
	}
	// Strings and a time cannot fail to encode.
	raw, _ := json.Marshal(g)
	return base64.RawURLEncoding.EncodeToString(append(b.sign(raw, from), raw...))
}

// Grant is what a token allows the reader at from; ok is false for a forged
// one, another reader's, and one that is over.
func (b *Browser) Grant(token, from string) (g Grant, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) <= sha256.Size {
		return Grant{}, false
	}
	sum, raw := raw[:sha256.Size], raw[sha256.Size:]
	if !hmac.Equal(sum, b.sign(raw, from)) || json.Unmarshal(raw, &g) != nil {
		return Grant{}, false
	}
	if !b.opt.Now().Before(g.Until) || b.ended(g.Session) {
		return Grant{}, false
	}
	return g, true
}

// stale says that a grant should be renewed.
func (b *Browser) stale(g Grant) bool { return g.Until.Sub(b.opt.Now()) < capabilityLife/2 }

func (b *Browser) sign(raw []byte, from string) []byte {
	mac := hmac.New(sha256.New, b.opt.Key)
	// Hash.Write never fails.
	_, _ = mac.Write([]byte(from + "\x00"))
	_, _ = mac.Write(raw)
	return mac.Sum(nil)
}

// SessionOf names the browsing session of one reader's browser on an
// instance: looking at the instance's page again finds it again, and nobody
// can guess it.
func (b *Browser) SessionOf(reader, account, instance string) string {
	return base64.RawURLEncoding.EncodeToString(b.sign([]byte(reader+"\x00"+account+"\x00"+instance), "session")[:12])
}
