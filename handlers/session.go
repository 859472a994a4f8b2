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
	// Epochs are the accounts' epochs when they signed in: an account with a
	// greater one has ended its sessions.
	Epochs map[string]int `json:",omitempty"`
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
	// Secret is shown once, to be copied: a password that was made up.
	Secret string `json:",omitempty"`
	// Kept are changes of others that were left as they are.
	Kept []cloud.FieldError `json:",omitempty"`
}

// LongestSession is as long as an unused session may be set to last.
const LongestSession = 720 * time.Hour

// Sessions keeps the browsers' sessions. Load never fails: what cannot be
// read is an empty session.
type Sessions interface {
	Load(*http.Request) Session
	Save(http.ResponseWriter, *http.Request, Session) error
}

func (s Session) over(now time.Time) bool { return !s.Until.After(now) }

// signIn makes the account the edition's own.
func (s *Session) signIn(edition string, a cloud.Account, until time.Time) {
	if s.Signed == nil {
		s.Signed = map[string]string{}
	}
	s.Signed[edition] = a.ID
	if !slices.Contains(s.Known, a.ID) {
		s.Known = append(s.Known, a.ID)
	}
	s.carry(a)
	s.Until = until
}

// carry brings the session to the account's epoch.
func (s *Session) carry(a cloud.Account) {
	if s.Epochs == nil {
		s.Epochs = map[string]int{}
	}
	s.Epochs[a.ID] = a.Epoch
}

// holds says whether the session may act as the account: it is not disabled,
// and has not ended its sessions since.
func (s Session) holds(a cloud.Account) bool { return !a.Disabled && s.Epochs[a.ID] == a.Epoch }
