package handlers

import (
	"net/http"
	"slices"
	"time"

	"culvert.internal/cloud"
)

// Session is what one browser remembers.
type Session struct {
	// Signed is the account signed in to each edition, so that two consoles
	// do not log each other out.
	Signed map[string]string
	// Known are the accounts this browser has signed in to; the account menu
	// switches between them.
	Known []string
	// Until is when it ends; using it moves that on.
	Until time.Time
	// Browser names this browser for the browsing sessions on instances; made
	// when the first one is looked at.
	Browser string
	// Notice is said once on the next page.
	Notice Notice
}

// Notice is a key of the catalogue and its arguments, so that it is said in
// the language of the page that shows it.
type Notice struct {
	Key  string
	Args map[string]string
	// Kept are changes of others that were left as they are.
	Kept []cloud.FieldError `json:",omitempty"`
}

// SessionLife is how long an unused session lasts.
const SessionLife = 12 * time.Hour

// Sessions keeps the browsers' sessions. Load never fails: what cannot be
// read is an empty session.
type Sessions interface {
	Load(*http.Request) Session
	Save(http.ResponseWriter, *http.Request, Session) error
}

func (s Session) over(now time.Time) bool { return !s.Until.After(now) }

// signIn makes the account the edition's own.
func (s *Session) signIn(edition, account string, now time.Time) {
	if s.Signed == nil {
		s.Signed = map[string]string{}
	}
	s.Signed[edition] = account
	if !slices.Contains(s.Known, account) {
		s.Known = append(s.Known, account)
	}
	s.Until = now.Add(SessionLife)
}
