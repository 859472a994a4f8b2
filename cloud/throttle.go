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

func (t *throttle) wait(login, remote string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	var longest time.Duration
	for key, tries := range map[string]int{"l:" + login: throttleTries, "r:" + remote: 4 * throttleTries} {
		m := t.recent(key)
		if len(m) >= tries {
			longest = max(longest, throttleWindow-t.now().Sub(m[len(m)-tries]))
		}
	}
	return longest
}

func (t *throttle) miss(login, remote string) {
	t.mu.Lock()
	defer t.mu.Unlock()
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
}

func (t *throttle) hit(login, remote string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.misses, "l:"+login)
	delete(t.misses, "r:"+remote)
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
