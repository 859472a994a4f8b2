package cloud

import (
	"sync"
	"time"
)

// throttle slows guessing: five misses of one login, or from one address,
// within a minute close that door until the minute is over.
type throttle struct {
	mu     sync.Mutex
	misses map[string][]time.Time
	now    func() time.Time
}

const (
	throttleTries  = 5
	throttleWindow = time.Minute
	throttleKeys   = 10_000 // bounds the memory that strangers can make us use
)

func newThrottle() *throttle {
	return &throttle{misses: map[string][]time.Time{}, now: time.Now}
}

// take counts a try as a miss before anybody knows how it ends, so that tries
// made at the same time count too; hit takes it back. With the doors closed it
// counts nothing and answers how long to wait.
func (t *throttle) take(login, remote string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	var longest time.Duration
	for key, tries := range map[string]int{"l:" + login: throttleTries, "r:" + remote: 4 * throttleTries} {
		m := t.recent(key)
		if len(m) >= tries {
			longest = max(longest, throttleWindow-t.now().Sub(m[len(m)-tries]))
		}
	}
	if longest > 0 {
		return longest
	}
	if len(t.misses) > throttleKeys {
		for key := range t.misses {
			t.recent(key)
		}
	}
	for _, key := range []string{"l:" + login, "r:" + remote} {
		if _, known := t.misses[key]; known || len(t.misses) < 2*throttleKeys {
			t.misses[key] = append(t.recent(key), t.now())
		}
	}
	return 0
}

func (t *throttle) hit(login, remote string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.misses, "l:"+login)
	// Other logins' misses from the address stay.
	if m := t.recent("r:" + remote); len(m) > 0 {
		t.misses["r:"+remote] = m[:len(m)-1]
	}
}

func (t *throttle) recent(key string) []time.Time {
	m := t.misses[key]
	for len(m) > 0 && t.now().Sub(m[0]) >= throttleWindow {
		m = m[1:]
	}
	if len(m) == 0 {
		delete(t.misses, key)
		return nil
	}
	t.misses[key] = m
	return m
}
