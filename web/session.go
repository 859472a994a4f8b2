package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/gorilla/sessions"

	"culvert.internal/handlers"
)

// cookieName is the session cookie's.
const cookieName = "culvert"

// cookieSessions keeps sessions in an encrypted cookie: a restart logs nobody
// out, and there is nothing to clean up.
type cookieSessions struct{ store *sessions.CookieStore }

func newSessions(keys [2][]byte) (cookieSessions, error) {
	if len(keys[0]) != 64 || len(keys[1]) != 32 {
		return cookieSessions{}, errors.New("web: the session keys must have 64 and 32 bytes")
	}
	store := sessions.NewCookieStore(keys[0], keys[1])
	// The session itself says when it ends; this only bounds how old a cookie
	// may be.
	store.MaxAge(int(handlers.LongestSession.Seconds()))
	return cookieSessions{store}, nil
}

const valueKey = "session"

// Load answers the session of a request, an empty one when there is none or
// its cookie cannot be read.
func (s cookieSessions) Load(r *http.Request) handlers.Session {
	var out handlers.Session
	// An unreadable cookie answers an error and an empty session.
	kept, _ := s.store.Get(r, cookieName)
	raw, ok := kept.Values[valueKey].(string)
	if !ok {
		return out
	}
	if err := json.Unmarshal([]byte(raw), &out); err != nil {
		return handlers.Session{}
	}
	return out
}

// Save keeps the session; an empty one removes the cookie.
func (s cookieSessions) Save(w http.ResponseWriter, r *http.Request, session handlers.Session) error {
	raw, err := json.Marshal(session)
	if err != nil {
		return fmt.Errorf("encode the session: %w", err)
	}
	kept, _ := s.store.Get(r, cookieName)
	kept.Values[valueKey] = string(raw)
	kept.Options = &sessions.Options{
		Path: "/", MaxAge: int(handlers.LongestSession.Seconds()), HttpOnly: true,
		Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
	}
	if session.Until.IsZero() {
		kept.Options.MaxAge = -1
	}
	return kept.Save(r, w)
}
